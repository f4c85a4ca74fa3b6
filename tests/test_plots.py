"""Figures for papers."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import linkage

import forensic_style as fs
from forensic_style.errors import ForensicStyleError, ParameterError
from forensic_style.explain.effects import LARGEST_EFFECT
from forensic_style.plots.dendrogram import SEVERAL, _Tree
from forensic_style.plots.heat_map import measure_effects
from forensic_style.plots.marks import choose_colour, choose_shape, read_colours, read_outline
from forensic_style.report.palette import N_COLOURS, SHAPES
from tests.report import make_result
from tests.samples import RENDERINGS, measure


@pytest.fixture(scope="module")
def result() -> fs.ClusterResult:
    return fs.cluster(measure(RENDERINGS), content="object", n_clusters=3)


def draw(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    return buffer.getvalue()


def read_texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


def list_dots(figure: Figure) -> list[PathCollection]:
    return [entry for entry in figure.axes[0].collections if isinstance(entry, PathCollection)]


def test_every_figure_is_drawn_without_pyplot_and_leaves_settings_alone(result: fs.ClusterResult) -> None:
    before = dict(mpl.rcParams)
    for figure in (result.plot_dendrogram(), result.plot_map(), result.plot_families()):
        assert isinstance(figure, Figure)
        assert draw(figure).startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before
    code = "import sys, forensic_style.plots.dendrogram, forensic_style.plots.heat_map, forensic_style.plots.scatter; "
    code += "sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_same_result_gives_the_same_bytes(result: fs.ClusterResult) -> None:
    assert draw(result.plot_map()) == draw(result.plot_map())
    assert draw(result.plot_dendrogram()) == draw(result.plot_dendrogram())


def test_colours_and_shapes_are_those_of_the_report() -> None:
    assert read_colours()[:2] == ("#0072b2", "#d55e00")
    assert len(set(read_colours())) == N_COLOURS
    assert choose_colour(N_COLOURS) == choose_colour(0)
    assert len({choose_shape(number).vertices.tobytes() for number in range(len(SHAPES))}) == len(SHAPES)
    assert read_outline("M-4-4H4V4H-4Z").vertices.tolist() == [[-4, 4], [4, 4], [4, -4], [-4, -4], [-4, 4]]
    ring = choose_shape(-1)
    assert len(ring.vertices) == 2 * len(choose_shape(0).vertices)


def test_the_map_has_each_cluster_in_its_colour_at_its_places() -> None:
    result = make_result([0, 0, 0, 1, 1, -1], names=("", "a $x$ \u202e_"))
    figure = result.plot_map()
    dots = list_dots(figure)
    assert [len(part.get_offsets()) for part in dots] == [1, 3, 2]
    np.testing.assert_array_equal(dots[1].get_offsets(), result.positions[:3])
    assert [to_hex(part.get_facecolor()[0]) for part in dots] == [choose_colour(number) for number in (-1, 0, 1)]
    texts = read_texts(figure)
    assert {"0", "1", "none, 1 image", "0, 3 images", r"1 a $x$ \u202e_, 2 images"} <= set(texts)
    draw(figure)


def test_odd_results_have_a_map() -> None:
    draw(make_result([0]).plot_map())
    same = make_result([0, 0, 1])
    draw(replace(same, positions=np.zeros((3, 2))).plot_map())
    draw(make_result([number % 60 for number in range(120)]).plot_map())


def test_the_tree_knows_what_its_branches_hold() -> None:
    tree = linkage(np.array([[0.0], [1.0], [10.0], [12.0], [40.0]]), "ward")
    built = _Tree.of(tree, np.array([1, 1, 0, 0, -1]))
    assert built.sizes.tolist() == [1] * 5 + [2, 2, 4, 5]
    assert built.clusters.tolist() == [1, 1, 0, 0, -1, 1, 0, SEVERAL, SEVERAL]
    assert built.order_leaves(9) == [2, 3, 0, 1, 4]  # cluster 0 on top, none below
    assert built.order_leaves(3) == [6, 5, 4]
    assert built.order_leaves(2) == [7, 4]


def test_leaves_of_the_tree_say_what_they_hold() -> None:
    result = make_result([0] * 6 + [1] * 4)
    texts = read_texts(result.plot_dendrogram(most_leaves=2))
    assert {"0, 6 images", "1, 4 images"} <= set(texts)
    figure = result.plot_dendrogram()
    assert len([text for text in read_texts(figure) if text.endswith("1 image")]) == 10
    marks = list_dots(figure)
    assert [to_hex(mark.get_facecolor()[0]) for mark in marks] == [choose_colour(0)] * 6 + [choose_colour(1)] * 4
    swapped = replace(result, labels=np.array([0] * 5 + [1] * 5))
    assert "several clusters, 6 images" in read_texts(swapped.plot_dendrogram(most_leaves=2))


def test_a_long_chain_is_drawn() -> None:
    result = make_result([0] * 3000)
    tree = np.array([[0 if step == 0 else 2999 + step, step + 1, step + 1.0, step + 2] for step in range(2999)])
    draw(replace(result, tree=tree).plot_dendrogram())


def test_effects_are_the_root_mean_square_of_the_strongest_group(result: fs.ClusterResult) -> None:
    effects = measure_effects(result)
    assert effects.shape == (len(result.table.families), 3)
    by_name = {family.name: row for family, row in zip(result.table.families, effects, strict=True)}
    assert np.isnan(by_name["jpeg_structure"]).all()
    others = np.array([row for name, row in by_name.items() if name != "jpeg_structure"])
    assert ((others >= 0) & (others <= LARGEST_EFFECT)).all()
    for cluster, traits in enumerate(result.traits):
        for trait in traits:
            if trait.group:
                assert by_name[trait.family][cluster] >= trait.effect - 1e-6


def test_the_heat_map_says_each_number_and_name(result: fs.ClusterResult) -> None:
    named = replace(result, names=("$oil$", "", ""))
    figure = named.plot_families()
    texts = read_texts(figure)
    assert texts.count("–") == 3  # noqa: RUF001
    assert {"$oil$" in text for text in texts} == {True, False}
    assert {family.title for family in result.table.families} <= set(texts)
    assert f"{measure_effects(result)[0, 0]:.1f}" in texts
    draw(figure)


def test_what_cannot_be_drawn_is_told() -> None:
    single = make_result([0])
    with pytest.raises(ParameterError, match="A single image has no tree"):
        single.plot_dendrogram()
    with pytest.raises(ParameterError, match="A single cluster differs from nothing"):
        single.plot_families()
    for number in (1, 2.5, True):
        with pytest.raises(ParameterError, match="must be a whole number from 2 on"):
            make_result([0, 1]).plot_dendrogram(most_leaves=number)  # type: ignore[arg-type]


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for plot in (make_result([0, 1]).plot_map, make_result([0, 1]).plot_dendrogram, make_result([0, 1]).plot_families):
        with pytest.raises(ForensicStyleError, match=r"need matplotlib, .* pip install 'forensic_style\[plots\]'"):
            plot()
