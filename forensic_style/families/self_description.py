"""Self-description: how samples follow from their neighbours, in their own and in the other channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group, OneByOne
from forensic_style.image import WindowPixels
from forensic_style.kernels.self_description import measure_phases, measure_surroundings, predict_first

RIDGE = 1e-3
SAMPLES = 10_000  # larger windows are measured in every third, fifth, ... row or pair of rows
FLOOR = 0.05  # squared grey levels, about the rounding of 8 bit (1/12)


def _choose_quantities() -> NDArray[np.float64]:
    """From the 13 quantities of `measure_phases` to 11 for each channel to be predicted: shape (2, 11, 13).

    The first is 4 x - h - v of that channel, then its four others and the bends 4 x - 2 h, 4 x - 2 v and 4 x - d of
    the other two channels, all over 4, so that weights and errors are in grey levels.
    """
    unit = np.eye(13)
    chosen = []
    for own, other in ((0, 5), (5, 0)):
        first, second, third = unit[other], unit[other + 1], unit[other + 2]
        bends = [first - second / 2, first + second / 2, first - third]
        chosen.append([*unit[own : own + 5], *unit[10:13], *bends])
    return np.array(chosen) / 4


_CHOSEN = _choose_quantities()[:, None]
_CHOSEN_T = np.ascontiguousarray(_CHOSEN.swapaxes(-1, -2))


def _describe_phases(predictions: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The two best and the two worst predicted places in 2 x 2, then all four errors less their mean; (26,)."""
    sorted_phases = predictions[np.argsort(predictions[:, -1], kind="stable")]
    errors = sorted_phases[:, -1]
    best, worst = sorted_phases[:2, :-1], sorted_phases[2:, :-1]
    return [(best[0] + best[1]) / 2, (worst[0] + worst[1]) / 2, errors - errors.sum() / 4]


def compute(pixels: WindowPixels) -> NDArray[np.float64]:
    """Measure how a sample follows from its neighbours: the weights of the best linear prediction, and its error.

    `luma`: the residual of the Laplacian from its 5 x 5 neighbourhood, with one weight for places that mirroring
    turns into each other (8: (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)), and the binary logarithm
    of the error over the residual, both root mean squares. `green` and `blue`: the deviation of the channel from its
    four nearest samples from ten quantities that are zero on even slopes (see `measure_phases`): four around it in
    its own channel, three bends of red at the same place and three of the third channel. This is done for each place in
    2 x 2 samples by itself, because demosaicing and doubling predict some of them and not others. The places are
    sorted by their errors, so that a crop does not matter: mean weights and log2 of error over deviation for the
    two best predicted places, then for the two worst (11 + 11), then the log2 of the four errors less their mean (4).

    Returns
    -------
    float64 array, shape (61,). All zero for a flat window. In a grey one the bends of other channels, which would
    be the channel itself, count as zero, and so do their weights; green and blue are then the same.

    Cost: about 140 products, as vectors, for each of 10 000 to 30 000 samples, whatever the size of the window. 16-bit
    images are rounded to 8 bit first.

    Source: Nguyen, Azizpour, Stamm 2025 (linear prediction of residuals as self-description); Swaminathan, Wu, Liu
    2007 and Cao, Kot 2009 (interpolation coefficients by place, with the other channels). Differs from the papers:
    fixed zero-sum filters instead of learned ones, small neighbourhoods with symmetric weights, places sorted by error
    instead of a known colour filter array.
    """
    red, green, blue = pixels.channels_8bit
    is_grey = red is green or (np.array_equal(red, green) and np.array_equal(blue, green))
    if is_grey:
        red = blue = np.zeros_like(green)
    step = green.size // SAMPLES | 1
    moments, _ = measure_phases(green, blue, red, step)
    places = predict_first((_CHOSEN @ moments @ _CHOSEN_T).reshape(8, 11, 11), RIDGE, FLOOR)
    luma = predict_first(measure_surroundings(pixels.luma_8bit, step)[None], RIDGE, FLOOR)[0, :-1]
    channels = [_describe_phases(places[:4]), _describe_phases(places[:4] if is_grey else places[4:])]
    return np.concatenate([luma, *channels[0], *channels[1]])


FAMILY = FingerprintFamily(
    name="self_description",
    title="Self-description by linear prediction",
    axis="acquisition",
    version=1,
    groups=(
        Group("luma", 8, "value", "how detail follows from its surroundings"),
        Group(
            "luma_error",
            1,
            "value",
            "share of detail that its surroundings do not predict",
            "detail hard to predict",
            "detail follows from its surroundings",
        ),
        *(
            group
            for channel in ("green", "blue")
            for group in (
                Group(f"{channel}_best", 11, "value", f"how the best predicted {channel} samples follow from others"),
                Group(f"{channel}_worst", 11, "value", f"how the worst predicted {channel} samples follow from others"),
                Group(f"{channel}_places", 4, "value", f"how unlike the places in 2 x 2 {channel} samples are"),
            )
        ),
    ),
    smallest=(32, 32),
    sources=(
        Citation(
            "Nguyen, Azizpour, Stamm",
            "Forensic self-descriptions are all you need for zero-shot detection, open-set source attribution, "
            "and clustering of AI-generated images",
            "IEEE/CVF CVPR",
            2025,
        ),
        Citation(
            "Swaminathan, Wu, Liu",
            "Nonintrusive component forensics of visual sensors using output images",
            "IEEE TIFS 2(1)",
            2007,
        ),
        Citation(
            "Cao, Kot",
            "Accurate detection of demosaicing regularity for digital image forensics",
            "IEEE TIFS 4(4)",
            2009,
        ),
    ),
    cannot_tell="An image from its mirror image or a shifted crop; linear filters of like strength along both axes.",
    measure=OneByOne(compute),
    cost=0.31,
)
