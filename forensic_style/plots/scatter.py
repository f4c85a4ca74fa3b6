"""The map of images as a figure."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle

from forensic_style.plots.marks import TEXT, choose_colour, choose_shape, keep_as_written
from forensic_style.report.words import count_things
from forensic_style.result import ClusterResult

WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 6.4, 2.6, 6.4  # inches
LEGEND = 1.5  # inches of the width
MOST_IN_LEGEND = 24
LIFT, NUMBER = 8.0, 10.0  # points of a cluster's number above its median, and its size
FEW, MANY = 60, 3000  # images drawn at full size, and at the smallest


def draw_images(result: ClusterResult) -> Figure:
    """Draw every image where the two widest sides of the space of the clusters put it.

    Both axes have one scale. A cluster has a colour and a shape, the same as in the report, and, where there is
    room, its number above its median; images of none are grey rings.

    Returns
    -------
    Figure, 6.4 inches wide.
    """
    spans = np.ptp(result.positions, axis=0)
    height = (WIDTH - LEGEND) * float(spans[1]) / max(float(spans[0]), 1e-12)
    figure = Figure(figsize=(WIDTH, float(np.clip(height, LEAST_HEIGHT, MOST_HEIGHT))), layout="constrained")
    axes = figure.add_subplot()
    share = np.clip(np.log(len(result.labels) / FEW) / np.log(MANY / FEW), 0, 1)
    for cluster in [-1, *range(result.n_clusters)]:
        members = result.labels == cluster
        if not members.any():
            continue
        axes.scatter(
            result.positions[members, 0],
            result.positions[members, 1],
            s=float(45 - 36 * share),
            marker=MarkerStyle(choose_shape(cluster)),
            color=choose_colour(cluster),
            edgecolors="white",
            linewidths=0.4,
            label=_name(result, cluster, int(members.sum())),
        )
    _number_clusters(axes, result)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("first direction of the clusters", fontsize=9)
    axes.set_ylabel("second direction", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    _add_legend(figure)
    return figure


def _number_clusters(axes: Axes, result: ClusterResult) -> None:
    """The clusters' numbers above their medians; where two would meet, the first alone."""
    points = (WIDTH - LEGEND) * 72 / max(float(np.ptp(result.positions, axis=0).max()), 1e-12)  # per unit of the map
    taken: list[tuple[float, float]] = []
    for cluster in range(result.n_clusters):
        x, y = np.median(result.positions[result.labels == cluster], axis=0)
        if any(max(abs(x - other), abs(y - height)) * points < NUMBER for other, height in taken):
            continue
        taken.append((float(x), float(y)))
        axes.annotate(
            str(cluster),
            (x, y),
            xytext=(0, LIFT),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
            fontsize=9,
            color=TEXT,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        )


def _name(result: ClusterResult, cluster: int, n_images: int) -> str:
    name = f" {result.names[cluster]}" if cluster >= 0 and result.names[cluster] else ""
    return f"{cluster if cluster >= 0 else 'none'}{name}, {count_things(n_images, 'image')}"


def _add_legend(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    handles, labels = handles[:MOST_IN_LEGEND], labels[:MOST_IN_LEGEND]
    legend = figure.legend(
        handles, labels, loc="outside right upper", title="cluster", fontsize=8, title_fontsize=8, frameon=False
    )
    for text in legend.get_texts():
        keep_as_written(text)
