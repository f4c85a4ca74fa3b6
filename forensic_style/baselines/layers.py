"""Layers of the networks, in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forensic_style.baselines.deep import import_torch

STRIDE = 8  # of the three convolutions together
SMALLEST_PATCH = 16
CHANNELS = (16, 32, 32)
SIDES = (5, 3, 3)  # of the filters


def stack_layers(sizes: Sequence[int]) -> Any:
    """A perceptron: linear layers of these sizes with rectified units between them."""
    nn = import_torch().nn
    layers: list[Any] = []
    for k in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[k], sizes[k + 1]), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def build_patch_encoder(n_units: int) -> Any:
    """Convolutions that halve three times, their mean over the patch, a linear layer.

    Takes a tensor of shape (n, side, side) of any side, gives (n, n_units). The mean makes it blind to where in the
    patch something is: traces of a technology are everywhere.
    """
    nn = import_torch().nn
    layers: list[Any] = [nn.Unflatten(1, (1, -1))]  # (n, side, side) -> (n, 1, side, side)
    for seen, made, side in zip((1, *CHANNELS), CHANNELS, SIDES, strict=False):
        convolution = nn.Conv2d(seen, made, side, stride=2, padding=side // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(made), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS[-1], n_units))


def build_patch_decoder(n_units: int, side: int) -> Any:
    """The encoder turned round: a tensor of shape (n, n_units) -> (n, side, side)."""
    nn = import_torch().nn
    small, made = side // STRIDE, CHANNELS[::-1]
    layers: list[Any] = [nn.Linear(n_units, made[0] * small**2), nn.ReLU(), nn.Unflatten(1, (made[0], small, small))]
    for seen, next_one in zip(made, (*made[1:], 1), strict=True):
        layers += [nn.ConvTranspose2d(seen, next_one, 4, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*layers[:-1], nn.Flatten(1, 2))
