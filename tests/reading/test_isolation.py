"""Decoders that hang, crash and swallow memory cost one file each."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import forensic_style as fs
from forensic_style.errors import ImageError, ImageReadError, ImageTooLargeError, ImageTooSmallError, ReaderError
from forensic_style.reading import ReadingRules, isolation, read_image
from forensic_style.reading.isolation import IsolatedReader
from forensic_style.windows import Window
from tests import hostile_decoders
from tests.reading.files import COLOUR, COLOUR_16, GREY, save, save_16_bit, write_png
from tests.samples import PIPELINES, write_image

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes share memory by descriptors")


def write_hostile(path: Path, word: bytes, mark: str = "") -> str:
    """A grey map of 40 x 40 whose comment tells the decoder of the tests what to do."""
    path.write_bytes(b"P5 %b %b\n40 40 255\n" % (word, mark.encode()) + bytes(1600))
    return str(path)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[IsolatedReader]:
    monkeypatch.setattr(isolation, "WORKER_MODULES", (hostile_decoders.__name__,))
    with IsolatedReader(ReadingRules(seconds=60)) as reader:
        yield reader


def test_every_sample_is_read_as_in_this_process(reader: IsolatedReader) -> None:
    for path in sorted((PIPELINES.parent / "images").iterdir())[:12]:
        here, there = read_image(path), reader.read(str(path))
        np.testing.assert_array_equal(there.pixels, here.pixels)
        assert (there.coded_luma is None) == (here.coded_luma is None)
        if here.coded_luma is not None and there.coded_luma is not None:
            np.testing.assert_array_equal(there.coded_luma, here.coded_luma)
        for fact in ("path", "sha256", "n_bytes", "format", "notes", "bit_depth", "claims"):
            assert getattr(there, fact) == getattr(here, fact)


@pytest.mark.parametrize("pixels", [GREY, COLOUR, COLOUR_16], ids=["8", "3x8", "3x16"])
def test_planes_are_read_only(reader: IsolatedReader, tmp_path: Path, pixels: np.ndarray) -> None:
    path = (
        save_16_bit(pixels, tmp_path / "a.png")
        if pixels.dtype == np.uint16
        else save(Image.fromarray(pixels), tmp_path / "a.png")
    )
    image = reader.read(path)
    np.testing.assert_array_equal(image.pixels, pixels)
    assert not image.pixels.flags.writeable
    assert image.pixels.flags.c_contiguous


def test_small_after_large_after_small(reader: IsolatedReader, tmp_path: Path) -> None:
    for number, side in enumerate((64, 3000, 40, 3001)):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
        path = save(Image.fromarray(pixels), tmp_path / f"{number}.bmp")
        np.testing.assert_array_equal(reader.read(path).pixels, pixels)


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [(b"hello", ImageReadError, "not_an_image"), (b"P5 8 8 255\n" + bytes(64), ImageTooSmallError, "too_small")],
)
def test_errors_cross_whole(
    reader: IsolatedReader, tmp_path: Path, content: bytes, kind: type[ImageError], reason: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(kind) as there:
        reader.read(str(path), shown_as="shown")
    with pytest.raises(kind) as here:
        read_image(path, shown_as="shown")
    assert (str(there.value), there.value.reason, there.value.path) == (str(here.value), reason, "shown")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (hostile_decoders.CRASH, r"crashed on it 2 times \(Segmentation fault\)"),
        (hostile_decoders.ABORT, r"crashed on it 2 times \(Aborted\)"),
        (hostile_decoders.LEAVE, r"crashed on it 2 times \(exit code 0\)"),
    ],
)
def test_crash_costs_one_file(reader: IsolatedReader, tmp_path: Path, word: bytes, message: str) -> None:
    with pytest.raises(ImageReadError, match=message) as caught:
        reader.read(write_hostile(tmp_path / "a.pgm", word))
    assert caught.value.reason == "crashed"
    good = write_image(tmp_path / "good.png")
    np.testing.assert_array_equal(reader.read(str(good)).pixels, read_image(good).pixels)


def test_crash_that_does_not_come_back_costs_nothing(reader: IsolatedReader, tmp_path: Path) -> None:
    path = write_hostile(tmp_path / "a.pgm", hostile_decoders.CRASH_ONCE, str(tmp_path / "mark"))
    assert reader.read(path).pixels.shape == (40, 40)
    assert (tmp_path / "mark").exists()


def test_hanging_decoder_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(isolation, "WORKER_MODULES", (hostile_decoders.__name__,))
    path, good = write_hostile(tmp_path / "a.pgm", hostile_decoders.HANG), write_image(tmp_path / "good.png")
    with IsolatedReader(ReadingRules(seconds=0.5)) as reader:
        reader.read(str(good))
        start = time.monotonic()
        with pytest.raises(ImageReadError, match=r"Reading it took longer than 0.5 s") as caught:
            reader.read(path)
        assert time.monotonic() - start < 10
        assert caught.value.reason == "timeout"
        assert reader.read(str(good)).pixels.shape == (64, 64)


def test_file_that_swallows_memory_is_too_large(reader: IsolatedReader, tmp_path: Path) -> None:
    with pytest.raises(ImageTooLargeError, match="Decoding takes more memory than there is") as caught:
        reader.read(write_hostile(tmp_path / "a.pgm", hostile_decoders.SWALLOW))
    assert caught.value.reason == "too_large"


def test_memory_of_large_images_is_given_back(tmp_path: Path) -> None:
    path = save(Image.new("RGB", (10000, 9500)), tmp_path / "a.png")
    with IsolatedReader() as reader:
        assert reader.read(path).pixels.shape == (9500, 10000, 3)
        process = reader._process
        reader.release()
        assert process is not None
        assert process.returncode is not None


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    good = write_image(tmp_path / "good.png")
    with IsolatedReader() as reader:
        reader.read(str(good))
        process = reader._process
    assert process is not None
    assert process.returncode is not None


def test_folder_of_the_evidence_is_not_imported_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = write_image(tmp_path / "good.png")
    for name in ("numpy", "cv2", "PIL", "forensic_style"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with IsolatedReader() as reader:
        assert reader.read(str(good)).pixels.shape == (64, 64)


def test_python_that_cannot_start_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(isolation.sys, "executable", str(tmp_path / "python"))
    with IsolatedReader() as reader, pytest.raises(ReaderError, match="No process for reading files can be started"):
        reader.read(str(write_image(tmp_path / "good.png")))


def test_module_that_cannot_be_imported_is_no_endless_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(isolation, "WORKER_MODULES", ("no_such_module",))
    with IsolatedReader() as reader, pytest.raises(ReaderError, match="exit code 1"):
        reader.read(str(write_image(tmp_path / "good.png")))


def test_batch_of_hostile_files_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """160 good files and 40 hostile ones, one that hangs its decoder and one that crashes it."""
    monkeypatch.setattr(isolation, "WORKER_MODULES", (hostile_decoders.__name__,))
    good, bad = tmp_path / "good", tmp_path / "bad"
    bad.mkdir()
    for number in range(160):
        write_image(good / f"{number:03}.png", seed=number)
    expected = _write_bad_files(bad, good / "000.png")
    expected |= {"hang.pgm": "timeout", "crash.pgm": "crashed"}
    write_hostile(bad / "hang.pgm", hostile_decoders.HANG)
    write_hostile(bad / "crash.pgm", hostile_decoders.CRASH)
    assert len(expected) == 42
    rules = ReadingRules(seconds=3, most_pixels=10**6, most_bytes=10**6)
    table = fs.extract([good, bad], families=["tone"], rules=rules)
    alone = fs.extract(good, families=["tone"], rules=rules)
    assert {os.path.basename(image.path): image.reason for image in table.skipped} == expected
    assert table.images == alone.images
    np.testing.assert_array_equal(table.values, alone.values)
    assert len(table.images) == 160


def _write_bad_files(folder: Path, whole: Path) -> dict[str, str]:
    """40 files and the reasons for which they are skipped."""
    jpeg = folder / "whole.jpg"
    soft = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    Image.fromarray(soft).save(jpeg)
    data = {"png": whole.read_bytes(), "jpg": jpeg.read_bytes()}
    jpeg.unlink()
    expected: dict[str, str] = {}

    def add(name: str, content: bytes, reason: str) -> None:
        (folder / name).write_bytes(content)
        expected[name] = reason

    for kind, content in data.items():
        for part in range(4, 12):
            add(f"cut{part}.{kind}", content[: len(content) * part // 12], "truncated")
    for place in range(6):
        flipped = bytearray(data["png"])
        flipped[60 + 7 * place] ^= 1
        add(f"flipped{place}.png", bytes(flipped), "damaged")
    for number in range(4):
        add(f"text{number}.jpg", b"not an image at all %d" % number, "not_an_image")
        add(f"empty{number}.png", b"", "not_an_image")
        add(f"drawing{number}.pdf", b"%PDF-1.7 drawing", "unsupported_format")
        add(f"dot{number}.pgm", b"P5 9 9 255\n" + bytes(81), "too_small")
    write_png(folder / "wide.png", shape=(40000, 40000), depth=8, colour_type=0, samples=bytes(40000))
    expected["wide.png"] = "too_large"
    os.mkfifo(folder / "pipe.png")
    expected["pipe.png"] = "unreadable"
    return expected


def test_system_without_memory_to_share_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> int:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(isolation, "_open_memory", refuse)
    with IsolatedReader() as reader, pytest.raises(ReaderError, match="Operation not permitted"):
        reader.read(str(write_image(tmp_path / "good.png")))


def write_clipped(path: Path, side: int = 96) -> Path:
    """A JPEG file in whose one half channels are clipped."""
    pixels = np.random.default_rng(side).integers(60, 190, (side, 2 * side, 3), np.uint8)
    pixels[:, side:] = np.random.default_rng(1).integers(0, 2, (side, side, 3)) * 255
    Image.fromarray(pixels).save(path, quality=60)
    return path


def test_y_plane_is_decoded_when_it_is_asked_for(reader: IsolatedReader, tmp_path: Path) -> None:
    here = read_image(write_clipped(tmp_path / "clipped.jpg"))
    there = reader.read(str(tmp_path / "clipped.jpg"))
    assert here.coded_luma is not None
    assert there.luma_source is not None
    there.luma_source.begin()
    there.luma_source.begin()
    np.testing.assert_array_equal(there.coded_luma, here.coded_luma)
    np.testing.assert_array_equal(there.pixels, here.pixels)


def test_y_plane_that_nobody_takes_is_forgotten(reader: IsolatedReader, tmp_path: Path) -> None:
    first = reader.read(str(write_clipped(tmp_path / "first.jpg")))
    assert first.luma_source is not None
    first.luma_source.begin()
    second = reader.read(str(write_clipped(tmp_path / "second.jpg", side=48)))
    np.testing.assert_array_equal(second.pixels, read_image(tmp_path / "second.jpg").pixels)
    np.testing.assert_array_equal(second.coded_luma, read_image(tmp_path / "second.jpg").coded_luma)
    with pytest.raises(RuntimeError, match=r"first.jpg' is not the file that was read last"):
        first.luma_source.begin()


def test_y_plane_is_decoded_again_or_told_to_be_gone(reader: IsolatedReader, tmp_path: Path) -> None:
    image = reader.read(str(write_clipped(tmp_path / "clipped.jpg")))
    assert image.luma_source is not None
    np.testing.assert_array_equal(image.luma_source.decode(), image.luma_source.decode())
    with pytest.raises(ImageReadError):
        reader.read(str(tmp_path / "none.jpg"))
    with pytest.raises(RuntimeError, match="is not the file that was read last"):
        image.luma_source.decode()


def test_process_that_dies_over_a_y_plane_costs_the_file(reader: IsolatedReader, tmp_path: Path) -> None:
    image = reader.read(str(write_clipped(tmp_path / "clipped.jpg")))
    assert image.luma_source is not None
    assert reader._process is not None
    reader._process.kill()
    reader._process.wait()
    with pytest.raises(ImageReadError, match=r"crashed on it .Killed.") as caught:
        image.luma_source.decode()
    assert caught.value.reason == "crashed"
    assert reader.read(str(tmp_path / "clipped.jpg")).coded_luma is not None


def test_only_clipped_windows_need_the_y_plane(tmp_path: Path) -> None:
    image = read_image(write_clipped(tmp_path / "clipped.jpg"))
    plain, clipped = Window(0, 0, 0, 64, 64), Window(1, 16, 96, 64, 64)
    assert image.cut(plain).find_coded_luma is None
    assert image.coded_luma is not None
    for pixels in (image.cut(clipped), image.stack([plain, clipped])[1]):
        np.testing.assert_array_equal(pixels.coded_luma_8bit, image.coded_luma[16:80, 96:160])
    both = image.stack([plain, clipped])
    np.testing.assert_array_equal(both[0].coded_luma_8bit, both[0].luma_8bit)
