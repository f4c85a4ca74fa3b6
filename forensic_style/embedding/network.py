"""A network that runs: up to some layers, in the thread that asks.

onnxruntime runs it. OpenCV's dnn would need no extra, and was measured against it, VGG16 to relu5_3 at 224 x 224 in one
thread: 0.31 s against 0.28 s. But it fuses layers, and what it gives for one in the middle is another layer's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.embedding.layers import cut_model, find_layers, trace_channels
from forensic_style.embedding.models import MISSING, read_image_input, read_model, shorten
from forensic_style.embedding.pooling import arrange_places
from forensic_style.embedding.preprocessing import Preprocessing, prepare
from forensic_style.errors import FamilyError, ImageTooSmallError, ParameterError, TableError
from forensic_style.threads import one_thread_for_algebra
from forensic_style.windows import SIDE

MOST_SAMPLES = 4 * 224 * 224  # rows x columns x crops that are in the network at once: bounds its memory


class Network:
    """A pretrained network, opened for some of its layers. It may be asked by several threads at once.

    Parameters
    ----------
    path : of the ONNX file
    layers : names of layers; the network's only output where there are none
    how : preprocessing

    Attributes
    ----------
    name : of the file, without its ending
    layers : records of the layers, `names` what the user called them
    how : preprocessing, settled by the network's input
    n_channels : of each layer, `has_places` whether it has more than one value for each of them
    sha256, n_bytes, weights_bytes : of the file, and of the weights of the part that runs
    runtime : what runs it

    Raises
    ------
    ParameterError, TableError
        where it cannot be read, run, or asked for these layers.
    """

    def __init__(self, path: str | os.PathLike[str], layers: Sequence[str], how: Preprocessing) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ParameterError(MISSING) from error
        file = read_model(path)
        self.path, self.shown = file.path, repr(os.fspath(path))
        self.name, self.sha256, self.n_bytes = file.path.stem, file.sha256, file.n_bytes
        self.layers = find_layers(file.proto, layers, self.shown)
        self.names = list(dict.fromkeys(layers)) or [layer.name for layer in self.layers]
        self.input = read_image_input(file.proto, self.shown)
        self.how = how.settle(self.input)
        traced = trace_channels(file.proto) if self.input.is_channels_last else {}
        self._channels = [traced.get(layer.name) for layer in self.layers]
        self.weights_bytes = cut_model(file.proto, [layer.name for layer in self.layers])
        self.runtime = f"onnxruntime {onnxruntime.__version__}"
        self._session = self._open(file.proto)
        self._try()

    def run(self, crops: Sequence[NDArray[np.uint8]], path: str) -> list[NDArray[np.floating[Any]]]:
        """What each layer gives for the crops of one image, which are all of one shape; first axis: crops.

        Raises
        ------
        ImageTooSmallError
            where the network cannot take crops of that shape.
        FamilyError
            where something comes out that is not finite.
        """
        found = [self._ask(part, path) for part in self._deal(crops)]
        joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        for layer, name, values in zip(self.layers, self.names, joined, strict=True):
            if not values.size:
                raise self._refuse(crops[0], path, f"nothing is left of it at the layer {name}")
            if not np.isfinite(values).all():
                message = f"The layer {name} gave values for {path} that are not finite. Leave the image or it out."
                raise FamilyError(message, family=layer.name, path=path)
        return joined

    def _ask(self, crops: Sequence[NDArray[np.uint8]], path: str) -> list[NDArray[np.floating[Any]]]:
        wanted = prepare(crops, self.how, self.input)
        if self.input.n_images is not None and len(wanted) < self.input.n_images:  # it takes that many, always
            wanted = np.concatenate(
                [wanted, np.zeros((self.input.n_images - len(wanted), *wanted.shape[1:]), wanted.dtype)]
            )
        with self._complain(crops[0], path):
            found = self._session.run([layer.name for layer in self.layers], {self.input.name: wanted})
        found = [values[: len(crops)] if np.ndim(values) else values for values in found]
        return [
            values.transpose(0, 3, 1, 2) if place == "last" and np.ndim(values) == 4 else values
            for values, place in zip(found, self._channels, strict=True)
        ]

    def _deal(self, crops: Sequence[NDArray[np.uint8]]) -> Iterator[Sequence[NDArray[np.uint8]]]:
        """As many crops at once as the network takes, and as memory bears."""
        n = self.input.n_images or max(1, MOST_SAMPLES // (crops[0].shape[0] * crops[0].shape[1]))
        for start in range(0, len(crops), n):
            yield crops[start : start + n]

    def _open(self, proto: Any) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the threads are over images
        options.log_severity_level = 4
        try:
            data = proto.SerializeToString()
            return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except _list_errors() as error:
            raise TableError(f"The network {self.shown} cannot be run: {shorten(error)}. Export it again.") from error

    def _try(self) -> None:
        """Run it once on nothing, which shows what every layer gives."""
        size = self.how.size if isinstance(self.how.size, tuple) else (SIDE, SIDE)
        black = np.zeros((*size, 1 if self.how.channels == "grey" else 3), np.uint8)
        try:
            with one_thread_for_algebra():
                found = self._ask([black], self.shown)
        except ImageTooSmallError as error:
            raise TableError(str(error)) from error
        for name, values, channels in zip(self.names, found, self._channels, strict=True):
            shape = " x ".join(map(str, np.shape(values))) or "a number"
            if np.ndim(values) == 4 and channels is None and self.input.is_channels_last:
                raise ParameterError(
                    f"The network {self.shown} takes channels last, and which axis of its layer {name!r} ({shape}) are "
                    "its channels cannot be told. Name a convolution, or what follows one; --list-layers shows them."
                )
            if not _is_of_one_image(values):
                raise ParameterError(
                    f"The layer {name!r} of the network {self.shown} gives {shape}, and no features of an image. "
                    "Name another; --list-layers shows them."
                )
        places = [arrange_places(values).shape for values in found]
        self.n_channels = [shape[1] for shape in places]
        self.has_places = [shape[2] > 1 for shape in places]

    @contextmanager
    def _complain(self, crop: NDArray[np.uint8], path: str) -> Iterator[None]:
        """Turn what goes wrong inside a network into a sentence."""
        try:
            yield
        except _list_errors() as error:
            raise self._refuse(crop, path, shorten(error)) from error

    def _refuse(self, crop: NDArray[np.uint8], path: str, why: str) -> ImageTooSmallError:
        size = f"{crop.shape[1]} x {crop.shape[0]}"
        message = f"The network {self.shown} cannot take {size} pixels: {why}. Give another size."
        return ImageTooSmallError(message, path=path)


def _list_errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: its errors have no common root."""
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    own: list[type[Exception]] = [
        entry for entry in vars(errors).values() if isinstance(entry, type) and issubclass(entry, Exception)
    ]
    return (*own, ValueError, RuntimeError)


def _is_of_one_image(values: Any) -> bool:
    """Whether a layer gives features of an image: floats, with an axis of images first."""
    if not isinstance(values, np.ndarray) or values.ndim not in (2, 3, 4):
        return False
    return values.dtype.kind == "f" and len(values) == 1 and values.size > 0
