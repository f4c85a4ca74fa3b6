"""What sets clusters apart, family by family, as a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from forensic_style.clusters.partition import average_parts
from forensic_style.errors import ParameterError
from forensic_style.explain import list_sides
from forensic_style.explain.effects import ClusterSums, sum_clusters
from forensic_style.placement.matching import read_values
from forensic_style.plots.marks import TEXT, choose_colour, choose_shape, keep_as_written
from forensic_style.report.words import count_things
from forensic_style.result import ClusterResult
from forensic_style.table import FamilyRecord

LEFT, CELL, ROW, TOP = 3.0, 0.62, 0.26, 1.3  # inches
DARK = 0.55  # of the scale, from which numbers are white


def draw_families(result: ClusterResult) -> Figure:
    """Draw for every family and cluster how far the cluster's images are from all others.

    The number is that of the family's strongest group of columns: root mean square of the differences of means in
    standard deviations within both sides, at most 10. It stands in its cell, so that the figure can be read without
    colour; a family that is missing on one side has a dash.

    Returns
    -------
    Figure, wider the more clusters there are.

    Raises
    ------
    ParameterError
        where there is a single cluster, which differs from nothing.
    """
    if result.n_clusters < 2:
        raise ParameterError("A single cluster differs from nothing: families need two clusters to be compared.")
    effects = measure_effects(result)
    n_families, n_clusters = effects.shape
    figure = Figure(figsize=(LEFT + CELL * n_clusters, TOP + ROW * n_families), layout="constrained")
    axes = figure.add_subplot()
    top = float(np.nanmax(effects, initial=1.0))
    image = axes.imshow(np.ma.masked_invalid(effects), cmap="Blues", vmin=0, vmax=top, aspect="auto")
    for (row, column), effect in np.ndenumerate(effects):
        colour = "white" if effect > DARK * top else TEXT
        words = "–" if np.isnan(effect) else f"{effect:.1f}"  # noqa: RUF001
        axes.text(column, row, words, ha="center", va="center", fontsize=8, color=colour)
    _name_sides(figure, axes, result)
    scale = figure.colorbar(image, ax=axes, orientation="horizontal", shrink=0.9, aspect=40, pad=0.02)
    scale.set_label("standard deviations from the rest", fontsize=8)
    scale.ax.tick_params(labelsize=8)
    return figure


def measure_effects(result: ClusterResult) -> NDArray[np.float64]:
    """Difference of each cluster from the rest in each family, in standard deviations within.

    Returns
    -------
    float64 array, shape (n_families, n_clusters), 0 to 10; nan where a family is missing on one side.
    """
    table = result.table
    values, missing = read_values(result.model, table)
    means = average_parts(result.model.scaler.transform(values, missing=missing), table.groups)
    sums = sum_clusters(means, result.labels, table.families, missing=table.missing, n_resamples=0, random_state=0)
    sides = list_sides(result.n_clusters, ())
    return np.column_stack([_measure_strongest(sums, table.families, one, other) for one, other in sides])


def _measure_strongest(
    sums: ClusterSums, families: Sequence[FamilyRecord], one: tuple[int, ...], other: tuple[int, ...]
) -> NDArray[np.float64]:
    """Root mean square effect of the strongest group of columns of each family, shape (n_families,)."""
    squares = sums.compare(one, other)[0] ** 2
    groups = [group.size for family in families for group in family.groups]
    means = [part.mean() for part in np.split(squares, np.cumsum(groups)[:-1])]
    of_family = np.split(np.array(means), np.cumsum([len(family.groups) for family in families])[:-1])
    numbers = sums.numbers[:, 0]
    is_there = (numbers[list(one)].sum(axis=0) > 0) & (numbers[list(other)].sum(axis=0) > 0)
    return np.where(is_there, [np.sqrt(part.max()) for part in of_family], np.nan)


def _name_sides(figure: Figure, axes: Axes, result: ClusterResult) -> None:
    """Families on the left, with a line between the two axes of the catalogue; clusters above, with their marks."""
    families = result.table.families
    axes.set_yticks(range(len(families)), [family.title for family in families], fontsize=8)
    for place in range(1, len(families)):
        if families[place].axis != families[place - 1].axis:
            axes.axhline(place - 0.5, color=TEXT, linewidth=1.0)
    for axis in dict.fromkeys(family.axis for family in families):
        middle = np.mean([place for place, family in enumerate(families) if family.axis == axis])
        side = axes.get_yaxis_transform()
        axes.text(1.02, float(middle), axis, transform=side, rotation=270, va="center", fontsize=8, color=TEXT)
    names = [
        f"{cluster} {name}".rstrip() + f"\n{count_things(size, 'image')}"
        for cluster, (name, size) in enumerate(zip(result.names, result.sizes, strict=True))
    ]
    axes.xaxis.tick_top()
    axes.set_xticks(range(result.n_clusters), names, fontsize=7.5)
    axes.tick_params(length=0, pad=14, axis="x")
    axes.tick_params(length=0, axis="y")
    axes.spines[:].set_visible(False)
    above = ScaledTranslation(0, 8 / 72, figure.dpi_scale_trans)
    for cluster, label in enumerate(axes.get_xticklabels()):
        keep_as_written(label)
        axes.scatter(
            [cluster],
            [1.0],
            s=34,
            marker=MarkerStyle(choose_shape(cluster)),
            color=choose_colour(cluster),
            linewidths=0,
            transform=axes.get_xaxis_transform() + above,
            clip_on=False,
        )
