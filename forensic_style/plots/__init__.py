"""Figures for papers, drawn with matplotlib, which is an optional extra; each function returns a Figure.

Nothing is shown and no state of matplotlib is changed: `figure.savefig("map.pdf")` writes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensic_style.errors import ForensicStyleError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forensic_style.result import ClusterResult


def plot_dendrogram(result: ClusterResult, *, most_leaves: int = 40) -> Figure:
    """Draw the tree of the images; see :func:`forensic_style.plots.dendrogram.draw_tree`."""
    _check_matplotlib()
    from forensic_style.plots.dendrogram import draw_tree

    return draw_tree(result, most_leaves=most_leaves)


def plot_map(result: ClusterResult) -> Figure:
    """Draw the images as dots in the plane; see :func:`forensic_style.plots.scatter.draw_images`."""
    _check_matplotlib()
    from forensic_style.plots.scatter import draw_images

    return draw_images(result)


def plot_families(result: ClusterResult) -> Figure:
    """Draw what sets clusters apart; see :func:`forensic_style.plots.heat_map.draw_families`."""
    _check_matplotlib()
    from forensic_style.plots.heat_map import draw_families

    return draw_families(result)


def _check_matplotlib() -> None:
    """Say what to install where there is no matplotlib."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        message = "Figures need matplotlib, which is not installed. Run: pip install 'forensic_style[plots]'"
        raise ForensicStyleError(message) from error
