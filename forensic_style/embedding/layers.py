"""The layers of a network in ONNX: listed, found by name, and everything cut off that they do not need."""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forensic_style.embedding.records import ImageInput, Layer
from forensic_style.errors import ParameterError, TableError

MISSING = "Pretrained networks need an extra, which is not installed. Run: pip install 'forensic_style[deep]'"
MOST_NAMED = 12  # layers in a message
_SCOPES = "pkg.torch.onnx.name_scopes"  # where PyTorch's exporter says which module a node belongs to
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


def list_layers(model: str | os.PathLike[str]) -> list[Layer]:
    """The layers of a network, in the order in which they are computed; constants are left out.

    Raises
    ------
    ParameterError, TableError
        as :func:`read_model`.
    """
    proto = read_model(model).proto
    return _list(proto, _infer_shapes(proto))


def _list(proto: Any, shapes: Mapping[str, tuple[int | str | None, ...]]) -> list[Layer]:
    outputs = {output.name for output in proto.graph.output}
    return [
        Layer(name, node.name, _find_module(node), node.op_type, shapes.get(name), name in outputs)
        for node in proto.graph.node
        if node.op_type != "Constant"
        for name in node.output
        if name
    ]


def find_layers(proto: Any, names: Sequence[str], network: str) -> list[Layer]:
    """The layers of some names: of their output, their node or their module; the network's only output for no names.

    Raises
    ------
    ParameterError
        for a name that is none, with those near it, or where no name was given and there are several outputs.
    """
    layers = _list(proto, {})  # to infer their shapes takes several times the memory of the weights
    if not names:
        outputs = [layer for layer in layers if layer.is_output]
        if len(outputs) == 1:
            return outputs
        named = ", ".join(layer.name for layer in outputs)
        raise ParameterError(f"The network {network} has {len(outputs)} outputs ({named}). Say which layer is wanted.")
    return [_find_layer(layers, name, network) for name in dict.fromkeys(names)]


def _find_layer(layers: Sequence[Layer], name: str, network: str) -> Layer:
    for attribute in ("name", "node", "module"):
        found = [layer for layer in layers if name and getattr(layer, attribute) == name]
        if found:
            return found[-1] if attribute == "module" else found[0]
    known = list(dict.fromkeys(known for layer in layers for known in (layer.name, layer.module, layer.node) if known))
    near = difflib.get_close_matches(name, known, n=MOST_NAMED // 2, cutoff=0.4)
    near += [known_name for known_name in known if name.casefold() in known_name.casefold() and known_name not in near]
    what = f"Near it are: {', '.join(near[:MOST_NAMED])}" if near else f"There are: {', '.join(known[:MOST_NAMED])}"
    more = "" if near or len(known) <= MOST_NAMED else f" and {len(known) - MOST_NAMED} more"
    raise ParameterError(f"The network {network} has no layer {name!r}. {what}{more}. All of them: --list-layers.")


def cut_model(proto: Any, layers: Sequence[str]) -> int:
    """Leave in a network what some layers need, and make these its outputs.

    Returns
    -------
    Bytes of the weights that are left.
    """
    import onnx

    graph, needed = proto.graph, set(layers)
    kept = [False] * len(graph.node)
    for place in range(len(graph.node) - 1, -1, -1):
        node = graph.node[place]
        if needed & set(node.output):
            kept[place] = True
            needed |= set(_list_inputs(node))
    for place in range(len(graph.node) - 1, -1, -1):
        if not kept[place]:
            del graph.node[place]
    for tensors in (graph.initializer, graph.sparse_initializer, graph.input):
        for place in range(len(tensors) - 1, -1, -1):
            tensor = tensors[place]
            if (tensor.values.name if tensors is graph.sparse_initializer else tensor.name) not in needed:
                del tensors[place]
    typed = {value.name: value for value in (*graph.value_info, *graph.output)}
    outputs = [typed.get(name) or onnx.helper.make_empty_tensor_value_info(name) for name in layers]
    outputs = [onnx.ValueInfoProto.FromString(output.SerializeToString()) for output in outputs]
    del graph.output[:]
    graph.output.extend(outputs)
    return sum(tensor.ByteSize() for tensor in graph.initializer)


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


def _infer_shapes(proto: Any) -> dict[str, tuple[int | str | None, ...]]:
    """Shape of every value, as far as it is known."""
    import onnx

    known = [*proto.graph.value_info, *proto.graph.output]
    try:
        inferred = onnx.shape_inference.infer_shapes(proto)
        known = [*inferred.graph.value_info, *inferred.graph.output]
    except (onnx.shape_inference.InferenceError, ValueError, RuntimeError):  # too large, or of unknown operations
        pass
    return {
        value.name: tuple(axis.dim_value or axis.dim_param or None for axis in value.type.tensor_type.shape.dim)
        for value in known
        if value.type.tensor_type.HasField("shape")
    }


def _find_module(node: Any) -> str:
    """The innermost module of PyTorch that a node belongs to, by what its exporters write; "" for none."""
    for entry in node.metadata_props:
        if entry.key == _SCOPES:
            try:
                scopes = ast.literal_eval(entry.value)
                return str(scopes[-2]) if len(scopes) > 1 else ""
            except (ValueError, SyntaxError, IndexError, TypeError):
                return ""
    parts = node.name.split("/")  # of the older exporter: /features/features.29/Relu
    return parts[-2] if len(parts) > 2 and not parts[0] else ""


def _list_inputs(node: Any) -> Iterator[str]:
    """Names of the values that a node reads, those that the branches and loops in it read included."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            for inner in graph.node:
                yield from _list_inputs(inner)
            yield from (output.name for output in graph.output)


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
