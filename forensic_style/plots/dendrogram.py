"""The tree of the images as a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from numpy.typing import NDArray

from forensic_style.clusters.partition import is_whole
from forensic_style.errors import ParameterError
from forensic_style.plots.marks import MIXED, TEXT, choose_colour, choose_shape
from forensic_style.report.words import count_things
from forensic_style.result import ClusterResult

WIDTH, ROW, MARGIN = 6.4, 0.19, 0.8  # inches
SEVERAL = -2  # in place of a cluster, where a branch holds several


@dataclass(frozen=True)
class _Tree:
    """A linkage and what its nodes hold: `heights`, `sizes` and the one `cluster` of each, or -2 for several."""

    merges: NDArray[np.intp]
    heights: NDArray[np.float64]
    sizes: NDArray[np.intp]
    clusters: NDArray[np.intp]
    means: NDArray[np.float64]

    @classmethod
    def of(cls, tree: NDArray[np.float64], labels: NDArray[np.intp]) -> _Tree:
        merges = tree[:, :2].astype(np.intp)
        last = np.where(labels < 0, labels.max() + 1, labels)  # images of none come below the others
        sizes, clusters, means = [1] * len(labels), labels.tolist(), last.astype(float).tolist()
        for one, other in merges.tolist():
            sizes.append(sizes[one] + sizes[other])
            clusters.append(clusters[one] if clusters[one] == clusters[other] else SEVERAL)
            means.append((means[one] * sizes[one] + means[other] * sizes[other]) / sizes[-1])
        heights = np.concatenate([np.zeros(len(labels)), tree[:, 2]])
        return cls(merges, heights, np.array(sizes), np.array(clusters), np.array(means))

    def order_leaves(self, most_leaves: int) -> list[int]:
        """Nodes below the last merges, from top to bottom: the smaller mean number of a cluster first."""
        n_images = len(self.merges) + 1
        first = 2 * n_images - min(most_leaves, n_images)  # nodes from here on are opened
        waiting, leaves = [2 * n_images - 2], list[int]()
        while waiting:
            node = waiting.pop()
            if node < first or node < n_images:
                leaves.append(node)
            else:
                children = self.merges[node - n_images].tolist()
                waiting += sorted(children, key=lambda child: (-self.means[child], -child))
        return leaves


def draw_tree(result: ClusterResult, *, most_leaves: int = 40) -> Figure:
    """Draw the last merges of the tree of the images, root left, height 0 right.

    Branches whose images are all of one cluster have its colour and end in its shape, with the number of the cluster
    and of images beside it; what is mixed is grey. Clusters need not be whole branches: rows are moved to the nearest
    centre after the cut.

    Parameters
    ----------
    result : of at least two images
    most_leaves : branches below the last `most_leaves - 1` merges are drawn as triangles

    Returns
    -------
    Figure, 6.4 inches wide.

    Raises
    ------
    ParameterError
        where there is one image, or `most_leaves` is no whole number from 2 on.
    """
    if not is_whole(most_leaves) or most_leaves < 2:
        raise ParameterError(f"The number of leaves must be a whole number from 2 on. Got {most_leaves!r} instead.")
    if len(result.labels) < 2:
        raise ParameterError("A single image has no tree to draw.")
    tree = _Tree.of(result.tree, result.labels)
    leaves = tree.order_leaves(most_leaves)
    figure = Figure(figsize=(WIDTH, ROW * len(leaves) + MARGIN), layout="constrained")
    axes = figure.add_subplot()
    rows = {leaf: float(place) for place, leaf in enumerate(leaves)}
    _draw_branches(axes, tree, rows)
    for leaf in leaves:
        _draw_leaf(axes, tree, leaf, rows[leaf])
    top = float(tree.heights[-1]) or 1.0
    axes.set_xlim(top * 1.02, 0)
    axes.set_ylim(len(leaves) - 0.4, -0.6)
    axes.set_xlabel("height of the merge", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.set_yticks([])
    axes.spines[["top", "left", "right"]].set_visible(False)
    return figure


def _draw_branches(axes: Axes, tree: _Tree, rows: dict[int, float]) -> None:
    """Lines from every node to its parent; `rows` gains the rows of the nodes that are opened."""
    n_images = len(tree.merges) + 1
    for node in range(n_images, 2 * n_images - 1):
        one, other = tree.merges[node - n_images].tolist()
        if one not in rows or other not in rows:
            continue
        rows[node] = (rows[one] + rows[other]) / 2
        x, colour = float(tree.heights[node]), _choose_colour(int(tree.clusters[node]))
        axes.plot([x, x], [rows[one], rows[other]], color=colour, linewidth=1.2, solid_capstyle="projecting")
        for child in (one, other):
            colour = _choose_colour(int(tree.clusters[child]))
            axes.plot([tree.heights[child], x], [rows[child]] * 2, color=colour, linewidth=1.2, solid_capstyle="butt")


def _draw_leaf(axes: Axes, tree: _Tree, leaf: int, row: float) -> None:
    n_images, cluster, height = int(tree.sizes[leaf]), int(tree.clusters[leaf]), float(tree.heights[leaf])
    colour = _choose_colour(cluster)
    if n_images > 1:
        axes.fill([height, 0, 0], [row, row - 0.32, row + 0.32], color=colour, linewidth=0)
    name = {SEVERAL: "several clusters", -1: "none"}.get(cluster, str(cluster))
    words = f"{name}, {count_things(n_images, 'image')}"
    axes.annotate(
        words,
        (1.0, row),
        xycoords=axes.get_yaxis_transform(),
        xytext=(15, 0),
        textcoords="offset points",
        va="center",
        fontsize=7.5,
        color=TEXT,
        annotation_clip=False,
    )
    if cluster != SEVERAL:
        axes.scatter(
            [1.02],
            [row],
            s=26,
            marker=MarkerStyle(choose_shape(cluster)),
            color=colour,
            linewidths=0,
            transform=axes.get_yaxis_transform(),
            clip_on=False,
        )


def _choose_colour(cluster: int) -> str:
    return MIXED if cluster == SEVERAL else choose_colour(cluster)
