"""What a network takes, what is cut for it, and what it has to offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forensic_style.windows import Window


@dataclass(frozen=True, slots=True)
class ImageInput:
    """The input of a network that takes images.

    Parameters
    ----------
    name : of the input
    rows, columns, n_channels, n_images : that it demands, None where it leaves them open
    is_channels_last : whether its shape is (n_images, rows, columns, n_channels)
    dtype : of its values
    """

    name: str
    rows: int | None
    columns: int | None
    n_channels: int | None
    n_images: int | None
    is_channels_last: bool = False
    dtype: type[np.floating[Any]] = np.float32


@dataclass(frozen=True, slots=True)
class Crop(Window):
    """A part of an image that a network sees, in pixels of the file; it need not be aligned to anything."""

    @property
    def place(self) -> tuple[slice, slice]:
        """Where it lies among the rows and columns."""
        return np.s_[self.top : self.top + self.height, self.left : self.left + self.width]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a network.

    Parameters
    ----------
    name : of its output in the ONNX graph
    node : name of the node that makes it, or ""
    module : where PyTorch has it ("features.29"), or ""
    place : what papers on VGG call it ("relu5_3"), in the part of a network that is a plain chain like it, or ""
    operation : of ONNX
    shape : of its output, as far as that is known before it runs: numbers, names of open axes, None for unknown ones;
        None where not even the number of axes is known
    is_output : whether it is an output of the network
    """

    name: str
    node: str
    module: str
    place: str
    operation: str
    shape: tuple[int | str | None, ...] | None
    is_output: bool
