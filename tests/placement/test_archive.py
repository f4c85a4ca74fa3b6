"""Arrays in a file that is not trusted."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from forensic_style.placement.archive import ArraySpec, load_arrays, save_arrays

SPECS = {
    "grid": ArraySpec("float64", ("rows", 2)),
    "row": ArraySpec("float32", ("rows",), positive=True),
    "flag": ArraySpec("bool", ()),
}
ARRAYS = {
    "grid": np.arange(6.0).reshape(3, 2),
    "row": np.ones(3, dtype=np.float32),
    "flag": np.array(True),
}


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def promise(shape: str, *, descr: str = "<f8") -> bytes:
    """An array of one value whose header promises another shape."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(8)


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a", ARRAYS)
    loaded = load_arrays(tmp_path / "a", SPECS, lengths={"rows": 3})
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype
    with np.load(tmp_path / "a") as arrays:  # it is an ordinary NPZ
        assert sorted(arrays) == ["flag", "grid", "row"]
    save_arrays(tmp_path / "b", ARRAYS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_empty_arrays_and_transposed_ones_are_kept(tmp_path: Path) -> None:
    specs = {"none": ArraySpec("float64", ("rows", "columns")), "turned": ArraySpec("float64", (2, 3))}
    arrays = {"none": np.zeros((0, 4)), "turned": ARRAYS["grid"].T}
    save_arrays(tmp_path / "a", arrays)
    loaded = load_arrays(tmp_path / "a", specs, lengths={})
    assert loaded["none"].shape == (0, 4)
    np.testing.assert_array_equal(loaded["turned"], arrays["turned"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid": np.zeros((4, 2))}, r"row has shape \(3,\), where rows should be 4"),
        ({"grid": np.zeros((3, 3))}, r"grid has shape \(3, 3\), where 2 should be 2"),
        ({"grid": np.zeros(3)}, r"grid has 1 dimensions, not 2"),
        ({"grid": np.zeros((3, 2), dtype=np.float32)}, r"grid is of type float32, not float64"),
        ({"grid": np.zeros((3, 2), dtype=">f8")}, r"grid is of type >f8, not float64"),
        ({"grid": np.full((3, 2), np.nan)}, r"grid holds values that are not finite"),
        ({"row": np.zeros(3, dtype=np.float32)}, r"row holds values that are not finite or not above 0"),
        ({"more": np.zeros(3)}, r"'more.npy' is missing, there twice, or not known"),
        ({"../../row": np.zeros(3)}, r"'../../row.npy' is missing"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, change: dict[str, np.ndarray], message: str) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        for name, array in (ARRAYS | change).items():
            archive.writestr(f"{name}.npy", npy(array))
    with pytest.raises(ValueError, match=message):
        load_arrays(tmp_path / "a", SPECS, lengths={})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (promise("(1000000000000, 2)"), "values, and not those of shape"),
        (promise("(99999999999999999999999, 2)"), "values, and not those of shape"),
        (promise("(-1, 2)"), "should be"),
        (promise("(3, 2)", descr="|O"), "type object"),
        (npy(ARRAYS["grid"])[:-1], "buffer size"),
        (npy(np.asfortranarray(ARRAYS["grid"])), "in rows"),
        (b"", "EOF"),
        (b"\x93NUMPY\x09\x00", "unknown|format"),
        (pickle.dumps([1]), "magic"),
    ],
)
def test_hostile_arrays_are_refused_before_room_is_made(tmp_path: Path, content: bytes, message: str) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("grid.npy", content)
    with pytest.raises(ValueError, match=message):
        load_arrays(tmp_path / "a", {"grid": SPECS["grid"]}, lengths={})


def test_compressed_arrays_are_refused_unread(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("grid.npy", npy(np.zeros((10**6, 2))))
    with pytest.raises(ValueError, match="it is compressed or encrypted, which is never written"):
        load_arrays(tmp_path / "a", {"grid": SPECS["grid"]}, lengths={})


def test_encrypted_arrays_are_refused(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a", ARRAYS)
    content = bytearray((tmp_path / "a").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="it is compressed or encrypted"):
        load_arrays(tmp_path / "a", SPECS, lengths={})


def test_names_given_twice_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("grid.npy", npy(ARRAYS["grid"]))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("grid.npy", npy(ARRAYS["grid"]))
    with pytest.raises(ValueError, match="there twice"):
        load_arrays(tmp_path / "a", {"grid": SPECS["grid"]}, lengths={})
