"""The layers of a network in ONNX: listed, found by name, and everything cut off that they do not need."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forensic_style.embedding.models import read_model
from forensic_style.embedding.records import Layer
from forensic_style.errors import ParameterError

MOST_NAMED = 12  # layers in a message
_CHANNELS_FIRST = {
    *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool"),
    *("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "SpaceToDepth", "DepthToSpace"),
}  # of what they give, by ONNX's definition
_LIKE_INPUTS = {
    *("Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Sigmoid", "HardSigmoid", "HardSwish", "Mish"),
    *("Softplus", "Softsign", "Tanh", "Erf", "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "Clip", "Cast", "Pow"),
    *("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean", "Identity", "Dropout", "Pad", "Concat", "Resize"),
    *("Upsample", "Softmax", "LogSoftmax", "LayerNormalization"),
}  # operations that leave the axes where they are
_SCOPES = "pkg.torch.onnx.name_scopes"  # where PyTorch's exporter says which module a node belongs to


def list_layers(model: str | os.PathLike[str]) -> list[Layer]:
    """The layers of a network, in the order in which they are computed; what does not depend on its input is left out.

    Raises
    ------
    ParameterError, TableError
        as :func:`forensic_style.embedding.models.read_model`.
    """
    proto = read_model(model).proto
    return _list(proto, _infer_shapes(proto))


def _list(proto: Any, shapes: Mapping[str, tuple[int | str | None, ...]]) -> list[Layer]:
    outputs, places = {output.name for output in proto.graph.output}, _name_places(proto)
    return [
        Layer(
            name, node.name, _find_module(node), places.get(name, ""), node.op_type, shapes.get(name), name in outputs
        )
        for node in _list_nodes(proto)
        for name in node.output
        if name
    ]


def _list_nodes(proto: Any) -> Iterator[Any]:
    """The nodes that depend on the input: others make constants."""
    reached = {value.name for value in proto.graph.input} - {tensor.name for tensor in proto.graph.initializer}
    for node in proto.graph.node:
        if reached & set(_list_inputs(node)):
            reached |= set(node.output)
            yield node


def find_layers(proto: Any, names: Sequence[str], network: str) -> list[Layer]:
    """The layers of some names: of their output, node, module or place; the network's only output for no names.

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
    for attribute in ("name", "node", "module", "place"):
        found = [layer for layer in layers if name and getattr(layer, attribute) == name]
        if found:
            return found[-1] if attribute == "module" else found[0]
    known = list(
        dict.fromkeys(
            known for layer in layers for known in (layer.name, layer.module, layer.place, layer.node) if known
        )
    )
    near = difflib.get_close_matches(name, known, n=MOST_NAMED // 2, cutoff=0.4)
    near += [known_name for known_name in known if name.casefold() in known_name.casefold() and known_name not in near]
    what = f"Near it are: {', '.join(near[:MOST_NAMED])}" if near else f"There are: {', '.join(known[:MOST_NAMED])}"
    more = "" if near or len(known) <= MOST_NAMED else f" and {len(known) - MOST_NAMED} more"
    raise ParameterError(f"The network {network} has no layer {name!r}. {what}{more}. All of them: --list-layers.")


def trace_channels(proto: Any) -> dict[str, str]:
    """Where values of four axes have their channels, "first" or "last", by the operations on the way from the input.

    The input, whose name is among them, counts as channels last here: what is traced back to it alone has its axes. A
    value is missing where nothing can be told, such as after a reshaping.
    """
    places = {value.name: "last" for value in proto.graph.input}
    for node in _list_nodes(proto):
        found = _place_channels(node, places)
        if found:
            places.update(dict.fromkeys(node.output, found))
    return places


def _place_channels(node: Any, places: Mapping[str, str]) -> str | None:
    if node.domain not in ("", "ai.onnx"):
        return None
    if node.op_type in _CHANNELS_FIRST:
        return "first"
    before = {places[name] for name in node.input if name in places}
    if len(before) != 1:
        return None
    (place,) = before
    if node.op_type == "Transpose":
        order = [list(attribute.ints) for attribute in node.attribute if attribute.name == "perm"]
        moved = {("last", (0, 3, 1, 2)): "first", ("first", (0, 2, 3, 1)): "last"}
        return moved.get((place, tuple(order[0]))) if order else None
    return place if node.op_type in _LIKE_INPUTS else None


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
        value.name: tuple(axis.dim_value or _name_axis(axis.dim_param) for axis in value.type.tensor_type.shape.dim)
        for value in known
        if value.type.tensor_type.HasField("shape")
    }


def _name_axis(name: str) -> str | None:
    """The name of an open axis; None where ONNX has made it up."""
    return name if name and not name.startswith("unk__") else None


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


def _name_places(proto: Any) -> dict[str, str]:
    """The layers of a plain chain as papers on VGG call them: relu2_1 is the first after the first pooling.

    Source: Simonyan and Zisserman 2015, and the names in its authors' release, which Gatys et al. use. It ends where a
    layer does not take the one before, or is of another kind.
    """
    places: dict[str, str] = {}
    block, number, before = 1, 0, None
    for node in _list_nodes(proto):
        if node.op_type not in ("Conv", "Relu", "MaxPool") or before not in (None, *node.input[:1]):
            break
        number += node.op_type == "Conv"
        before = node.output[0]
        places[before] = f"pool{block}" if node.op_type == "MaxPool" else f"{node.op_type.lower()}{block}_{number}"
        if node.op_type == "MaxPool":
            block, number = block + 1, 0
    return places


def _list_inputs(node: Any) -> Iterator[str]:
    """Names of the values that a node reads, those that the branches and loops in it read included."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
            for inner in graph.node:
                yield from _list_inputs(inner)
            yield from (output.name for output in graph.output)
