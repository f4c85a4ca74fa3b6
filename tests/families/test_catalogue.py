"""What every family promises, whatever it measures."""

from __future__ import annotations

import io
import pkgutil
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from forensic_style import families
from forensic_style.errors import ParameterError
from forensic_style.families import CATALOGUE, choose_families
from forensic_style.family import FingerprintFamily, Strength
from forensic_style.image import DecodedImage, WindowPixels, WindowStack, freeze
from forensic_style.jpeg import ANNEX_K_CHROMA, ANNEX_K_LUMA
from forensic_style.reading import read_image
from forensic_style.windows import choose_windows
from tests.conftest import show_window
from tests.families import show_file
from tests.jpeg.build import EOI, PICTURE, SOI, frame, huffman, picture, quantization, scan, segment

NAMES = [family.name for family in CATALOGUE]
FILES = sorted(module.name for module in pkgutil.iter_modules(families.__path__))
EVERY_FAMILY = pytest.mark.parametrize("family", CATALOGUE, ids=NAMES)
STORED = Path(__file__).parent.parent / "files"


def _draw_windows() -> dict[str, NDArray[Any]]:
    """Windows at the edge of what files hold."""
    generator = np.random.default_rng(0)
    return {
        "black": np.zeros((64, 64), dtype=np.uint8),
        "white": np.full((64, 64, 3), 255, dtype=np.uint8),
        "white of 16 bit": np.full((48, 64), 65535, dtype=np.uint16),
        "one bit": generator.integers(0, 2, (64, 48), dtype=np.uint8) * np.uint8(255),
        "checker of 16 bit": (np.indices((64, 64)).sum(axis=0) % 2 * 65535).astype(np.uint16),
        "one sample": np.eye(1, 4096, 77).reshape(64, 64).astype(np.uint8),
        "grey": generator.integers(0, 256, (64, 80), dtype=np.uint8),
        "colour": generator.integers(0, 256, (80, 64, 3), dtype=np.uint8),
        "colour of 16 bit": generator.integers(0, 65536, (64, 64, 3), dtype=np.uint16),
        "smallest": generator.integers(0, 256, (32, 32, 3), dtype=np.uint8),
        "smallest of 16 bit": generator.integers(0, 65536, (32, 32), dtype=np.uint16),
    }


WINDOWS = _draw_windows()


def _build_files() -> dict[str, DecodedImage]:
    """JPEG files at the edge of what their structure may be, down to none at all."""
    wide = quantization(0, (65535,) * 64, bits=16)
    odd = frame(components=((1, 0x14, 0), (2, 0x41, 3), (3, 0xFF, 1), (4, 0x11, 0)))
    applications = [segment(0xE0 + number, bytes([65 + number]) * number) for number in range(16)]
    built = {
        "smallest": PICTURE,
        "nothing": b"",
        "start alone": SOI,
        "no tables": SOI + frame() + scan() + EOI,
        "no scan": SOI + quantization() + frame(),
        "steps of zero": SOI + quantization(0, (0,) * 64) + huffman(0) + huffman(1) + frame() + scan() + EOI,
        "steps of 16 bit": SOI + wide + huffman(0) + huffman(1) + frame(0xC1) + scan() + EOI,
        "odd sampling": SOI + quantization() + odd + scan() + EOI,
        "sampling of zero": SOI + quantization() + frame(components=((1, 0x00, 0), (2, 0x00, 0))) + scan() + EOI,
        "every application": picture(*applications * 9, segment(0xFE, b"comment"), segment(0xDD, b"\xff\xff")),
        "pictures behind": PICTURE + b"\0" * 99 + PICTURE * 300,
        "cut off": PICTURE[:-20],
    }
    stored = {path.stem: path.read_bytes() for path in sorted(STORED.glob("*.jpg"))}
    return {name: show_file(data) for name, data in (built | stored).items()}


JPEGS = _build_files()


def every_input(windows: Iterable[str] = tuple(WINDOWS)) -> pytest.MarkDecorator:
    """Each family with each file or, where it sees windows, each of these windows."""
    pairs = [
        pytest.param(family, name, id=f"{family.name}-{name}")
        for family in CATALOGUE
        for name in (windows if family.sees == "window" else JPEGS)
    ]
    return pytest.mark.parametrize(("family", "name"), pairs)


WINDOW_FAMILIES = pytest.mark.parametrize(
    "family", [family for family in CATALOGUE if family.sees == "window"], ids=lambda family: family.name
)


def _show(family: FingerprintFamily, name: str) -> WindowPixels | DecodedImage:
    return show_window(WINDOWS[name]) if family.sees == "window" else JPEGS[name]


def _build_reference_file() -> DecodedImage:
    """A file of 4:2:0 with Annex K's luma table, a chroma table a little off it, and some metadata."""
    places = sorted(
        ((row, column) for row in range(8) for column in range(8)),
        key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]),
    )
    luma = [int(ANNEX_K_LUMA[place]) for place in places]
    chroma = [int(ANNEX_K_CHROMA[place]) + number % 3 for number, place in enumerate(places)]
    colour = frame(components=((1, 0x22, 0), (2, 0x11, 1), (3, 0x11, 1)))
    interlude = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0") + segment(0xDD, b"\0\x08")
    start = SOI + interlude + quantization(0, luma) + quantization(1, chroma) + colour + huffman(0) + huffman(1)
    coded = scan(components=((1, 0), (2, 0), (3, 0)))
    return show_file(start + coded + EOI + b"behind")


def _build_reference() -> WindowPixels:
    """Soft shapes, an edge and pseudo-random noise, 64 x 96, from whole numbers alone."""
    state, noise = 1, []
    for _ in range(64 * 96 * 3):
        state = (state * 1103515245 + 12345) % 2**31
        noise.append((state >> 16) % 13)
    y, x = np.mgrid[:64, :96]
    soft = 30 + (x + y) // 2 + 30 * ((x // 16 + y // 16) % 2) + (x * x + 3 * y * y) // 300
    planes = np.array(noise).reshape(3, 64, 96) + soft + np.array([20, 0, -20])[:, None, None]
    red, green, blue = planes.astype(np.uint8)
    luma = ((299 * planes[0] + 587 * planes[1] + 114 * planes[2] + 500) // 1000).astype(np.uint8)
    return WindowPixels((red, green, blue), luma)


# Our own frozen values, against drift only: by column. A change needs a higher family version.
REFERENCE: dict[str, dict[int, float]] = {
    "noise": {0: 1.42802, 16: -0.0537272, 22: 2.04555, 29: 0.290581, 38: 2.35587, 44: -0.170664},
    "linear_pattern": {0: 3.1584, 7: 0.391874, 10: 0.0144543, 21: 1.33434, 32: 0.430588, 39: 1.15197},
    "spam": {13: 0.0244749, 43: 0.0436992, 100: 0.0223867, 105: 0.0214172, 143: 0.0391327, 177: 0.010312},
    "third_order": {20: 0.0976342, 84: 0.0440501, 91: 0.230314, 169: 0.151683, 189: 0.0584347, 260: 0.0342852},
    "colour_co_occurrence": {0: 0.145213, 20: 0.123936, 45: 0.0234043, 63: 0.298936, 69: 0.118085, 86: 0.05},
    "demosaicing": {0: 0.00231044, 3: -0.108, 6: 0.0619296, 11: 0.445871, 13: 0.253128, 20: 0.713103},
    "spectrum": {4: 7.77637, 17: -2.75554, 22: 1.67817, 33: -2.85259, 50: 1.77478, 64: -0.0710674},
    "self_description": {0: -0.155089, 8: -0.298992, 9: -0.0159287, 20: -0.027268, 33: 0.00582745, 46: -0.0332907},
    "lbp": {0: 0.0607412, 57: 0.113933, 76: 0.000881368, 116: 0.129385, 175: 0.129032, 234: 0.12971},
    "depiction": {0: 0.552511, 2: 0.164094, 8: -0.256603, 14: 0.819017, 25: -0.00647135, 30: 0.411594},
    "optics": {0: 0.0, 2: 0.0, 4: -2.0, 5: -2.0, 6: 0.0, 8: 1.58496},
    "block_grid": {0: 0.599251, 1: 0.599251, 2: 1.325, 5: -0.075442, 12: -0.0145859, 18: 0.0378302},
    "jpeg_coefficients": {41: 0.36082, 45: 0.0437844, 50: 0.351296, 55: 0.0209609, 61: 0.165064, 64: 0.151786},
    "resampling": {0: 0.898128, 4: 0.961251, 9: 0.615404, 12: 0.935374, 16: 0.853874, 17: -0.105847},
    "sharpening": {0: -5.41667, 1: -1.46667, 2: 1.70588, 5: 0.137255, 12: -0.441057, 14: 0.786587},
    "tone": {6: 0.151693, 11: 0.0397135, 23: 6.88786, 29: 0.245395, 41: 4.68625, 43: 0.670573},
    "jpeg_structure": {5: 5.32193, 64: 4.08746, 194: 0.115477, 256: 50, 257: 0.0252299, 267: 3.16993, 298: -1},
}


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_columns_are_unique_over_all_families() -> None:
    columns = [column for family in CATALOGUE for column in family.columns]
    assert len(set(columns)) == len(columns)


def test_catalogue_holds_every_family_file() -> None:
    modules = [vars(families)[name] for name in FILES]
    assert {id(module.FAMILY) for module in modules} == {id(family) for family in CATALOGUE}


@pytest.mark.parametrize("name", FILES)
def test_family_file_has_a_test_file(name: str) -> None:
    assert Path(__file__).with_name(f"test_{name}.py").is_file()


@EVERY_FAMILY
def test_declaration_is_complete(family: FingerprintFamily) -> None:
    assert family.name.isidentifier()
    assert family.title
    assert family.axis in ("acquisition", "processing")
    assert family.version >= 1
    assert family.sources
    assert family.cannot_tell.endswith(".")
    assert min(family.smallest) >= 32
    assert 0.0 < family.cost < 1.0
    assert family.dimension == len(family.columns) == sum(group.size for group in family.groups)
    assert all(column.split(".")[0] == family.name for column in family.columns)


@EVERY_FAMILY
def test_groups_are_named_once_and_worded(family: FingerprintFamily) -> None:
    names = [group.name for group in family.groups]
    assert len(set(names)) == len(names)
    for group in family.groups:
        assert group.size >= 1
        assert group.kind in ("histogram", "value")
        assert group.label
        assert bool(group.more) == bool(group.less)
        assert group.more or group.size > 1


@EVERY_FAMILY
def test_docstring_states_the_dimension(family: FingerprintFamily) -> None:
    assert re.search(rf"shape \((n_windows, )?{family.dimension},?\)", family.measure.__doc__ or "")


@EVERY_FAMILY
def test_who_looks_at_the_y_plane_says_so(family: FingerprintFamily) -> None:
    if family.sees != "window":
        pytest.skip("it does not see windows")
    asked = []
    plane = freeze(np.random.default_rng(2).integers(0, 256, (2, 128, 128), np.uint8))

    def decode() -> NDArray[Any]:
        asked.append(family.name)
        return plane

    family.measure(WindowStack((plane, plane, plane), plane, decode))
    assert bool(asked) == family.needs_coded_luma


@EVERY_FAMILY
@pytest.mark.parametrize("channels", [1, 3])
def test_windows_measured_together_give_what_each_gives_alone(family: FingerprintFamily, channels: int) -> None:
    if family.sees != "window":
        pytest.skip("it does not see windows")
    random = np.random.default_rng(1)
    pixels = np.cumsum(random.integers(-9, 10, (320, 300, channels)), axis=1).clip(-100, 150).astype(np.uint8)
    pixels[:160, :150] = 255
    image = DecodedImage("synthetic", "", 0, "PNG", pixels if channels == 3 else pixels[:, :, 0].copy())
    windows = choose_windows(*pixels.shape[:2])
    together = family.measure(image.stack(windows))
    assert together.shape == (len(windows), family.dimension)
    assert together.dtype == np.float64
    alone = [family.compute(image.cut(window)) for window in windows]
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)


@every_input()
def test_fingerprint_is_finite_and_of_the_declared_length(family: FingerprintFamily, name: str) -> None:
    fingerprint = family.compute(_show(family, name))
    assert fingerprint.shape == (family.dimension,)
    assert fingerprint.dtype == np.float64
    assert np.isfinite(fingerprint).all()


@every_input()
def test_fingerprint_is_deterministic(family: FingerprintFamily, name: str) -> None:
    one, other = family.compute(_show(family, name)), family.compute(_show(family, name))
    np.testing.assert_array_equal(one, other)


@every_input()
def test_readings_are_worded_and_graded(family: FingerprintFamily, name: str) -> None:
    if family.read is None:
        return
    readings = family.read(_show(family, name))
    assert len({reading.subject for reading in readings}) == len(readings)
    assert readings == family.read(_show(family, name))
    for reading in readings:
        assert reading.words
        assert reading.strength in get_args(Strength)
        assert (reading.strength != "none") or reading.estimate is None
        assert 0.0 <= reading.tolerance < 1.0
        if isinstance(reading.estimate, float):
            assert np.isfinite(reading.estimate)


@every_input()
def test_drawings_can_be_shown(family: FingerprintFamily, name: str) -> None:
    for drawing in family.draw(_show(family, name)) if family.draw else ():
        assert drawing.title
        assert drawing.note
        assert drawing.values.ndim == 2
        assert drawing.values.size
        assert drawing.values.dtype == np.float64
        assert np.isfinite(drawing.values).all()
        assert drawing.kind != "curve" or (drawing.values.shape[1] == 2 and all(drawing.axes))


@WINDOW_FAMILIES
def test_planes_are_left_alone(family: FingerprintFamily) -> None:
    pixels = WINDOWS["colour"].copy()
    family.compute(show_window(pixels))
    np.testing.assert_array_equal(pixels, WINDOWS["colour"])


@every_input(["one bit", "grey", "colour", "smallest"])
def test_histograms_hold_shares(family: FingerprintFamily, name: str) -> None:
    fingerprint = family.compute(_show(family, name))
    start = 0
    for group in family.groups:
        values = fingerprint[start : start + group.size]
        start += group.size
        if group.kind == "histogram":
            assert values.min() >= 0.0
            assert values.max() <= 1.0
            if group.size > 1:
                assert values.sum() == pytest.approx(1.0, rel=1e-12)


@WINDOW_FAMILIES
def test_sixteen_bit_copy_gives_the_same_fingerprint(family: FingerprintFamily) -> None:
    narrow = show_window(WINDOWS["grey"])
    wide = show_window(WINDOWS["grey"].astype(np.uint16) * 257)
    # the spectrum's tiles are float32: 1e-4 of a logarithm
    np.testing.assert_allclose(family.compute(wide), family.compute(narrow), rtol=1e-4, atol=1e-4)


@WINDOW_FAMILIES
def test_lossless_copy_of_a_jpeg_gives_the_same_fingerprint(family: FingerprintFamily, tmp_path: Path) -> None:
    y, x = np.mgrid[:72, :100]
    soft = np.dstack([128 + 90 * np.sin(x / 9), 128 + 90 * np.cos(y / 7), 40 + x + y]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(soft).save(buffer, "JPEG", quality=70)
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    with Image.open(buffer) as decoded:
        decoded.save(tmp_path / "a.png")
    one, other = (read_image(str(tmp_path / name)) for name in ("a.jpg", "a.png"))
    for window in choose_windows(72, 100):
        np.testing.assert_array_equal(family.compute(one.cut(window)), family.compute(other.cut(window)))


def test_every_family_has_a_reference_and_every_reference_a_family() -> None:
    assert set(REFERENCE) == set(NAMES)


@EVERY_FAMILY
def test_values_have_not_drifted(family: FingerprintFamily) -> None:
    places = list(REFERENCE[family.name])
    reference = _build_reference() if family.sees == "window" else _build_reference_file()
    found = family.compute(reference)[places]
    # the values are rounded to six digits; float32 and sums in another order stay below 1e-5
    np.testing.assert_allclose(found, list(REFERENCE[family.name].values()), rtol=1e-4)


def test_choice_of_nothing_is_the_whole_catalogue() -> None:
    assert choose_families() == CATALOGUE


def test_choice_by_name_and_axis_keeps_the_order_of_the_catalogue() -> None:
    assert choose_families(NAMES[::-1]) == CATALOGUE
    chosen = choose_families(axis="processing")
    assert [family.axis for family in chosen] == ["processing"] * len(chosen)
    assert len(chosen) + len(choose_families(axis="acquisition")) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("names", "axis", "message"),
    [
        (["nose"], "all", "There is no family 'nose'. Choose from: noise, "),
        (None, "both", "The axis must be all, acquisition or processing. Got 'both' instead."),
        (["noise"], "processing", "None of the families noise belongs to the axis 'processing'"),
    ],
)
def test_wrong_choice_is_refused(names: list[str] | None, axis: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        choose_families(names, axis=axis)
