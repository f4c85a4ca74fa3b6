"""The store: what was measured is found again, what has changed is measured again, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forensic_style as fs
from forensic_style import families as catalogue
from forensic_style import parquet
from forensic_style.engines.threads import ThreadEngine
from forensic_style.errors import StorageError, TableError
from forensic_style.extraction import extract_to, list_images
from forensic_style.manifest import InputImage
from forensic_style.places import Folder
from forensic_style.reading import ReadingRules
from forensic_style.store import FingerprintStore, folder, rows, writer
from forensic_style.store.journal import Journal
from tests.samples import write_image
from tests.store.measured import assert_equal, measure_into, plan_for, relabel, write_images


@pytest.fixture
def images(tmp_path: Path) -> list[InputImage]:
    """Twelve images, and one that cannot be read."""
    write_images(tmp_path / "in", 12)
    (tmp_path / "in" / "text.png").write_text("no image")
    return write_images(tmp_path / "in", 12)


@pytest.fixture
def whole(images: list[InputImage]) -> fs.FingerprintTable:
    """What an undisturbed extraction in memory gives."""
    return fs.extract(images, families=["tone", "lbp"], isolated=False)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of three images."""
    size = 3 * 4 * 4 * sum(family.dimension for family in plan_for().families)
    for module in (parquet, writer, rows):
        monkeypatch.setattr(module, "PART_BYTES", size)


def stop_after(n: int) -> Callable[[int], None]:
    def stop(done: int) -> None:
        if done == n:
            raise KeyboardInterrupt

    return stop


def test_a_store_gives_what_extraction_in_memory_gives(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    table, n_known = measure_into(tmp_path / "out", images)
    assert_equal(table, whole)
    assert n_known == 0
    assert_equal(replace(fs.load_table(tmp_path / "out"), skipped=whole.skipped), whole)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("n", [1, 4, 7, 12])
def test_who_is_interrupted_goes_on(
    n: int, images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path / "out", images, after=stop_after(n))
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known == n
    assert_equal(table, whole)
    assert not list((tmp_path / "out").glob("journal-*"))


@pytest.mark.usefixtures("small_parts")
def test_one_interrupted_again_and_again_loses_nothing(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            measure_into(tmp_path / "out", images, after=stop_after(8))
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known == 8
    assert_equal(table, whole)


def test_files_are_known_by_their_content_alone(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images)
    (tmp_path / "in" / "000.png").rename(tmp_path / "in" / "zzz.png")  # moved
    write_image(tmp_path / "in" / "001.png", seed=99)  # changed
    write_image(tmp_path / "in" / "new.png", seed=100)
    after = list_images(tmp_path / "in")
    table, n_known = measure_into(tmp_path / "out", after)
    assert n_known == 11
    assert_equal(table, fs.extract(after, families=["tone", "lbp"], isolated=False))
    assert len(fs.load_table(tmp_path / "out").images) == 13


def test_names_that_swap_their_files_are_not_mixed_up(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images)
    one, other = tmp_path / "in" / "000.png", tmp_path / "in" / "001.png"
    data = one.read_bytes(), other.read_bytes()
    one.write_bytes(data[1])
    other.write_bytes(data[0])
    table, _ = measure_into(tmp_path / "out", images)
    assert_equal(table, fs.extract(images, families=["tone", "lbp"], isolated=False))


def test_labels_are_those_of_today(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", relabel(images, scene="sea"))
    table, n_known = measure_into(tmp_path / "out", relabel(images, scene="hill"))
    assert n_known == 12
    assert {image.labels["scene"] for image in table.images} == {"hill"}
    assert {image.labels["scene"] for image in fs.load_table(tmp_path / "out").images} == {"hill"}


def test_a_new_family_alone_is_measured(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_into(tmp_path / "out", images, plan=plan_for(["tone"]))

    def fail(_: Any) -> Any:
        raise AssertionError("tone is measured again")

    plan = plan_for(["tone", "lbp"])
    kept = tuple(replace(family, measure=fail) if family.name == "tone" else family for family in plan.families)
    table, _ = measure_into(tmp_path / "out", images, plan=replace(plan, families=kept))
    assert_equal(table, whole)


def test_families_of_the_folder_are_measured_of_new_images_too(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images[:3])
    table, n_known = measure_into(tmp_path / "out", images[:6], plan=plan_for(["tone"]))
    assert n_known == 3
    assert [family.name for family in table.families] == ["tone"]
    kept = fs.load_table(tmp_path / "out")
    assert ([family.name for family in kept.families], len(kept.images)) == (["lbp", "tone"], 6)


def test_another_version_of_a_family_is_measured_again(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tuple(replace(family, version=family.version + 1) for family in fs.CATALOGUE)
    for module in (folder, catalogue):
        monkeypatch.setattr(module, "CATALOGUE", newer)
    chosen = tuple(family for family in newer if family.name in ("tone", "lbp"))
    _, n_known = measure_into(tmp_path / "out", images, plan=replace(plan_for(), families=chosen))
    monkeypatch.undo()
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known == 0
    assert_equal(table, whole)
    assert fs.load_table(tmp_path / "out").families == whole.families


def test_a_set_that_grows_beyond_the_sample_is_not_measured_again(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images[:6], most=6)
    table, n_known = measure_into(tmp_path / "out", images, most=6)
    assert n_known == 6
    assert_equal(table, fs.extract(images, families=["tone", "lbp"], isolated=False, most_searched=6))
    assert set(table.count_windows()) == {1, 4}
    whole, n_known = measure_into(tmp_path / "out", images)  # a larger sample: some windows were not kept
    assert 6 <= n_known < 12
    assert set(whole.count_windows()) == {4}


@pytest.mark.usefixtures("small_parts")
def test_halves_of_two_machines_are_merged_by_copying(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    for name, half in (("one", images[::2]), ("other", images[1::2])):
        measure_into(tmp_path / name, half)
    for part in (tmp_path / "other").glob("part-*"):
        shutil.copy(part, tmp_path / "one")
    table, n_known = measure_into(tmp_path / "one", images)
    assert n_known == 12
    assert_equal(table, whole)


def test_images_that_are_no_inputs_stay_or_go(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images)
    measure_into(tmp_path / "out", images[:2], keep_others=True)
    assert len(fs.load_table(tmp_path / "out").images) == 12
    measure_into(tmp_path / "out", images[:2])
    assert len(fs.load_table(tmp_path / "out").images) == 2


def test_what_was_measured_otherwise_is_not_gone_on_with(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    measure_into(tmp_path / "out", images, plan=plan_for(windows="all"))
    with pytest.raises(TableError, match=r"measured otherwise \(windows=all instead of auto\). Give the same options"):
        measure_into(tmp_path / "out", images)
    table, n_known = measure_into(tmp_path / "out", images, renew=True)
    assert n_known == 0
    assert_equal(table, whole)


def test_parts_that_cannot_be_read_are_named(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images)
    (part,) = (tmp_path / "out").glob("part-*")
    part.write_bytes(part.read_bytes()[:1000])
    with pytest.raises(TableError, match=rf"{part.name} cannot be read"):
        measure_into(tmp_path / "out", images)
    assert measure_into(tmp_path / "out", images, renew=True)[1] == 0


@pytest.mark.usefixtures("small_parts")
def test_parts_are_of_a_bounded_size_and_small_ones_are_joined(images: list[InputImage], tmp_path: Path) -> None:
    for n in range(1, 13):
        measure_into(tmp_path / "out", images[:n])
    place = Folder(tmp_path / "out")
    sizes = [len(parquet.read_part(place, name).images) for name in parquet.list_parts(place)]
    assert sum(sizes) == 12
    assert max(sizes) <= 4
    assert len(sizes) <= 8


@pytest.mark.usefixtures("small_parts")
def test_a_stop_while_parts_are_tidied_loses_nothing(
    images: list[InputImage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_into(tmp_path / "out", images)
    write_image(tmp_path / "in" / "001.png", seed=99)  # its row in a part is stale now
    delete = Folder.delete

    def stop(place: Folder, name: str) -> None:
        if name.startswith("part-"):
            raise KeyboardInterrupt
        delete(place, name)

    monkeypatch.setattr(Folder, "delete", stop)
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path / "out", images)
    monkeypatch.undo()
    with pytest.raises(TableError, match=r"hold .*png' twice, from an interrupted extraction. Give the command"):
        fs.load_table(tmp_path / "out")
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known >= 11
    assert_equal(table, fs.extract(images, families=["tone", "lbp"], isolated=False))
    assert fs.load_table(tmp_path / "out").images == table.images


def test_one_process_writes_at_a_time(images: list[InputImage], tmp_path: Path) -> None:
    with (
        FingerprintStore(tmp_path / "out", plan_for()),
        pytest.raises(TableError, match=r"Another process \(\d+ on .+\) is writing into .*Wait until it ends"),
    ):
        measure_into(tmp_path / "out", images)
    assert measure_into(tmp_path / "out", images)[1] == 0


def test_a_full_disk_is_a_sentence_and_costs_nothing(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append: Callable[[Journal, bytes], None] = Journal.append

    def fill(journal: Journal, record: bytes) -> None:
        if journal.n_records == 5:
            journal._file.write(b"\xff\x00\x00\x00half a rec")
            raise OSError(28, "No space left on device")
        append(journal, record)

    monkeypatch.setattr(Journal, "append", fill)
    with pytest.raises(StorageError, match=r"failed: No space left on device. What was measured before is kept"):
        measure_into(tmp_path / "out", images)
    monkeypatch.undo()
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known == 4  # the first record says how they were measured
    assert_equal(table, whole)


def test_a_place_without_a_journal_gives_the_same(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bucket:
        """Files in memory, each written at once, as object storage does it."""

        files: dict[str, bytes] = {}  # noqa: RUF012

        def list(self) -> list[str]:
            return sorted(self.files)

        def open(self, name: str) -> Any:
            import io

            return io.BytesIO(self.files[name])

        def write(self, name: str, data: bytes) -> None:
            self.files[name] = data

        def delete(self, name: str) -> None:
            self.files.pop(name, None)

    monkeypatch.setattr(folder, "open_place", lambda _: Bucket())
    monkeypatch.setattr(writer, "SECONDS_PER_PART", 0.0)
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path, images, after=stop_after(7))
    table, n_known = measure_into(tmp_path, images)
    assert n_known == 7
    assert_equal(table, whole)


def test_mean_rows_can_be_read_of_all(images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path) -> None:
    def read(most: int) -> Iterator[Any]:
        with FingerprintStore(tmp_path / "out", plan_for()) as store:
            extract_to(store, images, engine=ThreadEngine(1), most_searched=most)
            yield from store.read_images(images, means=True)

    one, other = ([image.values for image in read(most)] for most in (12, 3))
    assert [values.shape for values in one] == [(1, len(whole.columns))] * 12
    np.testing.assert_array_equal(one, other)


def test_a_journal_says_how_it_was_measured(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path / "out", images, plan=plan_for(windows="all"), after=stop_after(4))
    with pytest.raises(TableError, match=r"measured otherwise \(windows=all instead of auto\)"):
        measure_into(tmp_path / "out", images)
    table, n_known = measure_into(tmp_path / "out", images, renew=True)
    assert n_known == 0
    assert_equal(table, whole)


def test_a_journal_of_more_families_is_kept(images: list[InputImage], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        measure_into(tmp_path / "out", images, after=stop_after(4))
    table, n_known = measure_into(tmp_path / "out", images, plan=plan_for(["tone"]))
    assert n_known == 4
    assert_equal(table, fs.extract(images, families=["tone"], isolated=False))


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no JSON", b'{"version": 3}'])
def test_a_journal_of_another_version_is_left_aside(
    content: bytes, images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    journal = Journal(tmp_path / "out" / "journal-00")
    journal.append(content)
    journal.close()
    with pytest.warns(UserWarning, match=r"journal-00 cannot be read, and is left aside as journal-00.unreadable"):
        table, _ = measure_into(tmp_path / "out", images)
    assert_equal(table, whole)
    assert measure_into(tmp_path / "out", images)[1] == 12


def test_a_copy_of_an_image_that_is_no_input_leaves_it_there(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images[:3], keep_others=True)
    (tmp_path / "more").mkdir()
    shutil.copy(images[0].location, tmp_path / "more" / "copy.png")
    measure_into(tmp_path / "out", list_images(tmp_path / "more"), keep_others=True)
    names = [Path(path).name for path in fs.load_table(tmp_path / "out").paths]
    assert sorted(names) == ["000.png", "001.png", "002.png", "copy.png"]


def test_files_that_are_away_for_a_while_keep_their_fingerprints(
    images: list[InputImage], whole: fs.FingerprintTable, tmp_path: Path
) -> None:
    measure_into(tmp_path / "out", images)
    (tmp_path / "in").rename(tmp_path / "away")
    table, _ = measure_into(tmp_path / "out", images)
    assert (len(table.images), {image.reason for image in table.skipped}) == (0, {"unreadable"})
    (tmp_path / "away").rename(tmp_path / "in")
    table, n_known = measure_into(tmp_path / "out", images)
    assert n_known == 12
    assert_equal(table, whole)


def test_limits_hold_for_known_images_too(images: list[InputImage], tmp_path: Path) -> None:
    measure_into(tmp_path / "out", images)
    for rules in (ReadingRules(most_pixels=64 * 64 - 1), ReadingRules(most_bytes=100)):
        plan = replace(plan_for(), rules=rules)
        table, n_known = measure_into(tmp_path / "out", images, plan=plan)
        assert n_known == 0
        assert {image.reason for image in table.skipped} == {"too_large", "not_an_image"}
