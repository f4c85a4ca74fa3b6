"""Small networks in ONNX, made on the spot by PyTorch's older exporter, and tables as `embed` makes them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forensic_style.family import Group
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage

SCENES = Path(__file__).parents[2] / "data_samples" / "networks" / "scenes.onnx"


def make_table(
    values: ArrayLike, *, paths: list[str] | None = None, labels: list[dict[str, str]] | None = None
) -> FingerprintTable:
    """A table of features that a network has of whole images, a row each."""
    rows = np.asarray(values, dtype=np.float32)
    n_images = len(rows)
    paths = paths or [f"{number:03d}.png" for number in range(n_images)]
    images = tuple(
        ImageRecord(
            path=path,
            sha256=hashlib.sha256(rows[number].tobytes() + path.encode()).hexdigest(),
            format="PNG",
            rows=64,
            columns=64,
            n_bytes=1000,
            labels=labels[number] if labels else {},
        )
        for number, path in enumerate(paths)
    )
    group = Group("mean", rows.shape[1], "value", "mean activation", more="high", less="low")
    return FingerprintTable(
        images=images,
        skipped=(SkippedImage("bad.png", "truncated", "The file ends."),),
        families=(FamilyRecord("toy_relu_mean", "Toy", "acquisition", 7, (group,), "image"),),
        values=rows,
        groups=np.arange(n_images),
        windows=np.tile(np.array([[0, 0, 0, 64, 64]], dtype=np.int32), (n_images, 1)),
        missing=np.zeros((n_images, 1), dtype=bool),
        about={"name": "toy", "weights_bytes": 1234},
    )


def export(
    network: Any, path: Path, *, side: int = 64, channels: int = 3, dynamic: bool = False, **options: Any
) -> Path:
    """Write a network of PyTorch as ONNX, with a fixed shape of one image, or all axes but that of channels open."""
    import warnings

    import torch

    axes = {"image": {0: "n", 2: "rows", 3: "columns"}} if dynamic else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the newer exporter takes another package
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, channels, side, side),),
            path,
            input_names=["image"],
            dynamic_axes=axes,
            dynamo=False,
            **options,
        )
    return path
