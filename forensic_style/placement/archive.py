"""Named arrays in one file that can be read without trusting it: NPZ, uncompressed, without pickle.

NumPy's own reader makes room for what a header promises, unpacks whatever is compressed, and takes what is there. This
one knows beforehand which arrays there are, of which type and shape, and reads nothing else.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What an array in a file must be.

    Parameters
    ----------
    dtype : its type, in NumPy's name
    shape : lengths, or names of lengths: the same name means the same length throughout the file
    positive : whether all values must be above 0
    """

    dtype: str
    shape: tuple[int | str, ...]
    positive: bool = False


def save_arrays(path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays; the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]).reshape(arrays[name].shape))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())


def load_arrays(
    path: str | os.PathLike[str], specs: Mapping[str, ArraySpec], *, lengths: Mapping[str, int]
) -> dict[str, NDArray[Any]]:
    """Read the arrays that are specified, and make sure that there are no others.

    Parameters
    ----------
    path : of the file
    specs : of every array, by name
    lengths : named lengths that are known beforehand

    Raises
    ------
    ValueError, OSError, zipfile.BadZipFile
        where anything is not as specified.
    """
    bound = dict(lengths)
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        found, wanted = sorted(member.filename for member in members), sorted(f"{name}.npy" for name in specs)
        if found != wanted:
            odd = sorted(set(found) ^ set(wanted)) or found
            raise ValueError(f"{odd[0]!r} is missing, there twice, or not known")
        if any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members):
            raise ValueError("it is compressed or encrypted, which is never written")
        n_bytes = os.fstat(file.fileno()).st_size
        if any(member.file_size > n_bytes for member in members):
            raise ValueError("an array is larger than its file")
        return {name: _read(archive.read(f"{name}.npy"), name, spec, bound) for name, spec in specs.items()}


def _read(content: bytes, name: str, spec: ArraySpec, bound: dict[str, int]) -> NDArray[Any]:
    """One array out of its bytes, checked before room is made for it."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"{name} has the unknown format {version}")
    shape, in_columns, dtype = _HEADERS[version](stream)
    if dtype != np.dtype(spec.dtype) or in_columns:
        raise ValueError(f"{name} is of type {dtype}, not {spec.dtype} in rows")
    if len(shape) != len(spec.shape):
        raise ValueError(f"{name} has {len(shape)} dimensions, not {len(spec.shape)}")
    for length, expected in zip(shape, spec.shape, strict=True):
        wanted = bound.setdefault(expected, length) if isinstance(expected, str) else expected
        if length != wanted or length < 0:
            raise ValueError(f"{name} has shape {shape}, where {expected} should be {wanted}")
    values = np.frombuffer(content, dtype, offset=stream.tell())
    if values.size != np.prod([int(length) for length in shape], dtype=object):
        raise ValueError(f"{name} has {values.size} values, and not those of shape {shape}")
    if not np.isfinite(values).all() or (spec.positive and not (values > 0).all()):
        raise ValueError(f"{name} holds values that are not finite" + (" or not above 0" if spec.positive else ""))
    return values.reshape(shape).copy()
