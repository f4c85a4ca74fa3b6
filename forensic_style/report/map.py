"""The images as dots in the plane: positions -> places in an SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.report.palette import Mark

MOST_DOTS = 5000
WIDTH, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 520.0, 240.0, 620.0, 22.0
NUMBER_SIZE, LIFT = 18.0, 14.0  # of the clusters' numbers, and how far above the middle they stand
LARGE_DOTS = 500  # up to so many images the dots are drawn at full size


@dataclass(frozen=True, slots=True)
class Dot:
    """An image, or the middle of a cluster, where `image` is -1."""

    x: float
    y: float
    image: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class StyleMap:
    """What the template draws; all lengths in units of the SVG. `scale` is the size of the dots."""

    height: float
    scale: float
    dots: tuple[Dot, ...]
    middles: tuple[Dot, ...]
    n_images: int
    width: float = WIDTH


def draw_map(positions: NDArray[np.float64], labels: NDArray[np.intp], *, most_dots: int = MOST_DOTS) -> StyleMap:
    """Place the images on the map; both directions have one scale, so that distances compare.

    Parameters
    ----------
    positions : float64 array, shape (n_images, 2)
    labels : integer array, shape (n_images,), clusters; -1 for none
    most_dots : of more images an even choice is drawn

    Returns
    -------
    StyleMap; a single image, or equal ones, stand in the middle.
    """
    lowest, spans = positions.min(axis=0), np.ptp(positions, axis=0)
    room = np.array([WIDTH, MOST_HEIGHT]) - 2 * MARGIN
    scale = float(np.min(room / np.maximum(spans, 1e-12))) if spans.max() > 0 else 0.0
    height = max(LEAST_HEIGHT, scale * float(spans[1]) + 2 * MARGIN)
    places = (positions - lowest - spans / 2) * [scale, -scale] + [WIDTH / 2, height / 2]
    chosen = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), most_dots)).round().astype(np.intp))
    return StyleMap(
        height=height,
        scale=0.85 if len(labels) <= LARGE_DOTS else 0.55,
        dots=tuple(_place(places[image], int(image), int(labels[image])) for image in chosen),
        middles=_place_numbers(places, labels),
        n_images=len(labels),
    )


def _place_numbers(places: NDArray[np.float64], labels: NDArray[np.intp]) -> tuple[Dot, ...]:
    """The clusters' numbers, just above their middles; where two would meet, the later one moves down."""
    taken: list[Dot] = []
    for cluster in np.unique(labels[labels >= 0]).tolist():
        place = np.median(places[labels == cluster], axis=0) - [0, LIFT]
        while any(abs(place[0] - other.x) < NUMBER_SIZE and abs(place[1] - other.y) < NUMBER_SIZE for other in taken):
            place[1] += NUMBER_SIZE
        taken.append(_place(place, -1, cluster))
    return tuple(taken)


def _place(place: NDArray[np.float64], image: int, cluster: int) -> Dot:
    return Dot(float(place[0]), float(place[1]), image, Mark(cluster))
