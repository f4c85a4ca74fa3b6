"""The top of the tree as SVG: linkage -> lines, and triangles for what is folded up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forensic_style.report.palette import Mark

MOST_LEAVES = 48
WIDTH = 620.0  # of the drawing, in units of the SVG
LEFT, RIGHT = 12.0, 440.0  # where the root and where height 0 stand
TOP, BOTTOM, ROW = 8.0, 44.0, 15.0


@dataclass(frozen=True, slots=True)
class Branch:
    """A line from a node to its parent: path data, height of the node, its cluster or None where mixed."""

    node: int
    height: float
    line: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A folded subtree, or one image: outline (empty for one image), place of its label, and what it holds.

    `n_of_cluster` of its `n_images` belong to the cluster of `mark`; `image` is the number of the first of them.
    """

    node: int
    outline: str
    y: float
    n_images: int
    n_of_cluster: int
    mark: Mark
    image: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the height axis."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """What the template draws; all lengths in units of the SVG."""

    height: float
    branches: tuple[Branch, ...]
    leaves: tuple[Leaf, ...]
    ticks: tuple[Tick, ...]
    width: float = WIDTH
    left: float = LEFT
    right: float = RIGHT
    axis: float = BOTTOM


def draw_dendrogram(
    tree: NDArray[np.float64], labels: NDArray[np.intp], *, most_leaves: int = MOST_LEAVES
) -> Dendrogram | None:
    """Draw the last merges of a tree, root left, height 0 right, clusters of small number on top.

    Parameters
    ----------
    tree : float64 array, shape (n_images - 1, 4), SciPy's linkage format, heights rising
    labels : integer array, shape (n_images,), clusters; -1 for none, which counts as one more, below the others
    most_leaves : subtrees below the last `most_leaves - 1` merges are folded up

    Returns
    -------
    Dendrogram, or None for a single image.
    """
    n_images = len(labels)
    if n_images < 2:
        return None
    first = 2 * n_images - min(most_leaves, n_images)  # nodes from here on are drawn with both their children
    folded, codes = np.unique(fold_tree(tree, n_images, first), return_inverse=True)
    n_clusters = int(labels.max()) + 1
    counts = np.zeros((len(folded), n_clusters + 1), dtype=np.intp)
    np.add.at(counts, (codes, np.where(labels < 0, n_clusters, labels)), 1)
    images = np.unique(codes, return_index=True)[1]
    order = _order_leaves(tree, n_images, dict(zip(folded.tolist(), counts, strict=True)))
    rows = {node: TOP + ROW * (place + 0.5) for place, node in enumerate(order)}
    top = float(tree[-1, 2]) or 1.0
    heights = np.concatenate([np.zeros(n_images), tree[:, 2]])
    x = RIGHT - np.maximum(heights, 0) / top * (RIGHT - LEFT)
    leaves = tuple(
        _draw_leaf(int(node), float(x[node]), rows[int(node)], counts[place], int(images[place]))
        for place, node in enumerate(folded)
    )
    branches = _draw_branches(tree, first, rows, x, {leaf.node: leaf.mark for leaf in leaves})
    return Dendrogram(TOP + ROW * len(leaves) + BOTTOM, branches, leaves, _draw_ticks(top))


def fold_tree(tree: NDArray[np.float64], n_images: int, first: int) -> NDArray[np.intp]:
    """The drawn node that holds each image, shape (n_images,), where nodes from `first` on are opened.

    >>> tree = np.array([[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 4, 4.0]])
    >>> fold_tree(tree, 4, 6).tolist()
    [4, 4, 5, 5]
    """
    holder = np.arange(2 * n_images - 1)
    for node in range(first - 1, n_images - 1, -1):
        holder[tree[node - n_images, :2].astype(np.intp)] = holder[node]
    return holder[:n_images]


def _order_leaves(tree: NDArray[np.float64], n_images: int, counts: dict[int, NDArray[np.intp]]) -> list[int]:
    """The folded nodes from top to bottom; of two siblings the one with the smaller mean cluster number first."""
    sums = {node: (int(row @ np.arange(len(row))), int(row.sum())) for node, row in counts.items()}
    orders = {node: [node] for node in counts}
    for place, merge in enumerate(tree[:, :2].astype(np.intp).tolist()):
        if merge[0] in orders and merge[1] in orders:
            one, other = sorted(merge, key=lambda node: (sums[node][0] / sums[node][1], node))
            parent = n_images + place
            orders[parent] = orders.pop(one) + orders.pop(other)
            sums[parent] = (sums[one][0] + sums[other][0], sums[one][1] + sums[other][1])
    return orders.popitem()[1]


def _draw_leaf(node: int, x: float, y: float, counts: NDArray[np.intp], image: int) -> Leaf:
    """A triangle from the node's height down to 0, the wider the more images it holds, up to 1,000.

    `counts` are its images of each cluster, and last those of none.
    """
    n_images = int(counts.sum())
    half = min(1.5 + 1.6 * math.log10(n_images), 0.45 * ROW)
    outline = f"M{x:.1f} {y:.1f}L{RIGHT:.1f} {y - half:.1f}V{y + half:.1f}Z" if n_images > 1 else ""
    cluster = int(counts.argmax())
    mark = Mark(cluster if cluster < len(counts) - 1 else -1)
    return Leaf(node, outline, y, n_images, int(counts[cluster]), mark, image)


def _draw_branches(
    tree: NDArray[np.float64], first: int, rows: dict[int, float], x: NDArray[np.float64], marks: dict[int, Mark]
) -> tuple[Branch, ...]:
    n_images = len(tree) + 1
    rows, colours = dict(rows), dict[int, Mark | None](marks)
    branches = []
    for node in range(first, 2 * n_images - 1):
        children = tree[node - n_images, :2].astype(np.intp).tolist()
        rows[node] = (rows[children[0]] + rows[children[1]]) / 2
        same = colours[children[0]] == colours[children[1]]
        colours[node] = colours[children[0]] if same else None
        for child in children:
            line = f"M{x[child]:.1f} {rows[child]:.1f}H{x[node]:.1f}V{rows[node]:.1f}"
            height = 0.0 if child < n_images else float(tree[child - n_images, 2])
            branches.append(Branch(child, height, line, colours[child]))
    return tuple(branches)


def _draw_ticks(top: float) -> tuple[Tick, ...]:
    """Round heights, three to six of them."""
    step = 10.0 ** math.floor(math.log10(top))
    step = next(size * step for size in (0.2, 0.5, 1.0, 2.0) if top / (size * step) <= 5.5)
    return tuple(
        Tick(RIGHT - place * step / top * (RIGHT - LEFT), f"{place * step:,g}") for place in range(int(top / step) + 1)
    )
