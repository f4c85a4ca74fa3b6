"""Networks in ONNX: read from their files, with what they take."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forensic_style.embedding.records import ImageInput
from forensic_style.errors import ParameterError, TableError

MISSING = "Pretrained networks need an extra, which is not installed. Run: pip install 'forensic_style[deep]'"
_FLOATS = {1: "float32", 10: "float16", 11: "float64"}  # element types of ONNX


@dataclass(frozen=True)
class ModelFile:
    """A network as it lies on disk.

    Parameters
    ----------
    path : of the file
    proto : its onnx.ModelProto
    sha256 : of the file, and of the files of weights beside it that it names, in the order of their names
    n_bytes : of all of them
    """

    path: Path
    proto: Any
    sha256: str
    n_bytes: int


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Read a network, its weights too.

    Raises
    ------
    ParameterError
        where the extra "deep" is not installed.
    TableError
        where the file is missing, empty, damaged or of another kind, or weights that it names are missing.
    """
    try:
        import onnx
        from onnx.checker import ValidationError
        from onnx.external_data_helper import load_external_data_for_model
    except ImportError as error:
        raise ParameterError(MISSING) from error
    file, shown = Path(path), os.fspath(path)
    decode_error: type[Exception] = importlib.import_module("google.protobuf.message").DecodeError
    try:
        if not file.stat().st_size:
            raise TableError(f"The network {shown!r} is empty: the file has 0 bytes. Export it again.")
        proto = onnx.load(file, format="protobuf", load_external_data=False)
        if not proto.graph.node:
            raise TableError(f"The network {shown!r} holds no layers. Name a network in ONNX.")
        beside = _list_files(proto, file.parent)
        load_external_data_for_model(proto, os.fspath(file.parent))
        digest, n_bytes = _digest([file, *beside])
    except (decode_error, ValidationError, OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else shorten(error)
        raise TableError(
            f"The network {shown!r} cannot be read: {reason}. Name a whole file in ONNX, with its weights beside it."
        ) from error
    return ModelFile(file, proto, digest, n_bytes)


def read_image_input(proto: Any, network: str) -> ImageInput:
    """What a network takes, if that is images.

    Raises
    ------
    TableError
        where it takes anything else, or more than one thing.
    """
    weights = {tensor.name for tensor in proto.graph.initializer}
    inputs = [value for value in proto.graph.input if value.name not in weights]
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise TableError(f"The network {network} takes {len(inputs)} inputs ({names}), not one image. Name another.")
    wanted, kind = inputs[0], inputs[0].type.tensor_type
    lengths = [axis.dim_value or None for axis in kind.shape.dim]
    if kind.elem_type not in _FLOATS or len(lengths) != 4:
        shown = " x ".join(str(axis.dim_value or axis.dim_param or "?") for axis in kind.shape.dim) or "unknown"
        what = "floats" if kind.elem_type in _FLOATS else "other values than floats"
        raise TableError(
            f"The input {wanted.name!r} of the network {network} is no image: it takes {what} of the shape {shown}. An "
            "image has four axes: images, channels, rows, columns."
        )
    is_last = lengths[3] in (1, 3) and lengths[1] not in (1, 3)
    images, channels, rows, columns = (lengths[place] for place in ((0, 3, 1, 2) if is_last else (0, 1, 2, 3)))
    if channels not in (1, 3, None):
        raise TableError(
            f"The input {wanted.name!r} of the network {network} is no image: it has {channels} channels, and an image "
            "has 1 or 3."
        )
    dtype = np.dtype(_FLOATS[kind.elem_type]).type
    return ImageInput(wanted.name, rows, columns, channels, images, is_last, dtype)


def _list_files(proto: Any, folder: Path) -> list[Path]:
    """Files beside a network that hold its weights."""
    from onnx.external_data_helper import uses_external_data

    names = {
        entry.value
        for tensor in proto.graph.initializer
        if uses_external_data(tensor)
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return [folder / name for name in sorted(names)]


def _digest(files: Sequence[Path]) -> tuple[str, int]:
    digest, n_bytes = hashlib.sha256(), 0
    for file in files:
        with open(file, "rb") as opened:
            while block := opened.read(1 << 22):
                digest.update(block)
                n_bytes += len(block)
    return digest.hexdigest(), n_bytes


def shorten(error: Exception) -> str:
    """The first line of an error of ONNX or its runtime, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:300]
