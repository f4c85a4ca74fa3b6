"""Self-description: how samples follow from their neighbours, in their own and in the other channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forensic_style.family import Citation, FingerprintFamily, Group
from forensic_style.image import WindowStack, freeze
from forensic_style.kernels.self_description import measure_phases, measure_surroundings, predict_first

RIDGE = 1e-3
SAMPLES = 10_000  # larger windows are measured in every third, fifth, ... row or pair of rows
FLOOR = 0.05  # squared grey levels, about the rounding of 8 bit (1/12)


def _choose_quantities() -> NDArray[np.float64]:
    """From the 13 bends of `measure_phases` to 11 quantities for each channel to be predicted: shape (2, 11, 13).

    The first is 4 x - h - v of that channel, then 2 (h - v), d - h - v, 2 fh - h - v and 2 fv - h - v of the same and
    the bends 4 x - 2 h, 4 x - 2 v and 4 x - d of the other two channels, all over 4, so that weights and errors are in
    grey levels.
    """
    unit = np.eye(13)
    chosen = []
    for own, other in ((unit[:5], unit[5:8]), (unit[5:10], unit[:3])):
        mean = (own[0] + own[1]) / 2
        chosen.append([mean, own[1] - own[0], *(mean - own[2:]), *unit[10:], *other])
    return np.array(chosen) / 4


_CHOSEN_T = np.ascontiguousarray(_choose_quantities().swapaxes(1, 2))
_BOTH_T = np.concatenate(_CHOSEN_T, axis=1)


def _choose_moments(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moments of the chosen quantities, shape (2 * n_windows * 4, 11, 11), green's first."""
    half = (moments.reshape(-1, 13) @ _BOTH_T).reshape(-1, 13, 2, 11).transpose(2, 0, 3, 1)
    return (half.reshape(2, -1, 13) @ _CHOSEN_T).reshape(-1, 11, 11)


def _describe_phases(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two best and the two worst predicted places in 2 x 2, then all four errors less their mean.

    From shape (2, n_windows, 4, 12) to (2, n_windows, 26).
    """
    order = np.argsort(predictions[..., -1], axis=2, kind="stable")
    sorted_phases = np.take_along_axis(predictions, order[..., None], axis=2)
    errors = sorted_phases[..., -1]
    best, worst = (sorted_phases[:, :, k, :-1] + sorted_phases[:, :, k + 1, :-1] for k in (0, 2))
    return np.concatenate([best / 2, worst / 2, errors - errors.sum(axis=2, keepdims=True) / 4], axis=2)


def _blacken(planes: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Set the chosen windows to 0."""
    return np.asarray(freeze(np.where(chosen[:, None, None], np.uint8(0), planes)), dtype=np.uint8)


def measure(windows: WindowStack) -> NDArray[np.float64]:
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
    float64 array, shape (n_windows, 61). All zero for a flat window. In a grey one the bends of other channels, which
    would be the channel itself, count as zero, and so do their weights; green and blue are then the same.

    Cost: about 140 products, as vectors, for each of 10 000 to 30 000 samples, whatever the size of the window. 16-bit
    images are rounded to 8 bit first.

    Source: Nguyen, Azizpour, Stamm 2025 (linear prediction of residuals as self-description); Swaminathan, Wu, Liu
    2007 and Cao, Kot 2009 (interpolation coefficients by place, with the other channels). Differs from the papers:
    fixed zero-sum filters instead of learned ones, small neighbourhoods with symmetric weights, places sorted by error
    instead of a known colour filter array.
    """
    red, green, blue = windows.channels_8bit
    n_windows, rows, columns = green.shape
    is_grey = np.ones(n_windows, dtype=np.bool_)
    if red is not green:
        is_grey = ((red == green) & (blue == green)).reshape(n_windows, -1).all(axis=1)
    if is_grey.any():
        red, blue = _blacken(red, is_grey), _blacken(blue, is_grey)
    step = rows * columns // SAMPLES | 1
    moments, _ = measure_phases(green, blue, red, step)
    predictions = predict_first(_choose_moments(moments), RIDGE, FLOOR).reshape(2, n_windows, 4, 12)
    predictions[1, is_grey] = predictions[0, is_grey]
    luma = predict_first(measure_surroundings(windows.luma_8bit, step), RIDGE, FLOOR)[:, :-1]
    return np.concatenate([luma, *_describe_phases(predictions)], axis=1)


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
    measure=measure,
    cost=0.18,
)
