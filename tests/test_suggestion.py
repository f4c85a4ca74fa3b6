"""Which images to label next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import forensic_style as fs
from forensic_style.errors import ParameterError
from forensic_style.suggestion import choose_representatives, suggest
from tests.report import make_result
from tests.samples import RENDERINGS, measure

seeds = st.integers(0, 2**32 - 1)
NOBODY = np.zeros(6, dtype=bool)


def test_points_on_a_line_by_hand() -> None:
    # 0, 1, 2 and 10, 11 and 40: the middle 2 or 10 serves most first, then what is left
    X, labels = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [40.0]]), np.zeros(6, dtype=int)
    assert choose_representatives(X, labels, NOBODY, n=1) == [2]  # distances 2 + 1 + 8 + 9 + 38; from 10: 67 as well
    assert choose_representatives(X, labels, NOBODY, n=2) == [2, 5]  # 38 off, against 17 for 10 or 11
    assert choose_representatives(X, labels, NOBODY, n=3) == [2, 5, 3]


def test_labelled_rows_have_served_their_neighbours() -> None:
    X, labels = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [40.0]]), np.zeros(6, dtype=int)
    known = np.array([False, False, True, False, False, True])
    assert choose_representatives(X, labels, known, n=1) == [3]
    assert len(choose_representatives(X, labels, known, n=9)) == 4


def test_every_cluster_without_a_label_gets_a_suggestion() -> None:
    X = np.array([[0.0], [100.0], [200.0], [0.1], [0.2], [0.3]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert set(labels[choose_representatives(X, labels, NOBODY, n=2)]) == {0, 1}
    known = np.array([True, False, False, False, False, False])
    assert labels[choose_representatives(X, labels, known, n=1)].tolist() == [1]


def choose_naively(X: NDArray, known: NDArray, n: int) -> list[int]:
    """The same for one cluster, row by row."""
    distances = [[float(np.linalg.norm(a - b)) for b in X] for a in X]
    served = [row for row in range(len(X)) if known[row]]
    far = max(max(row) for row in distances)
    chosen: list[int] = []
    for _ in range(n):
        free = [row for row in range(len(X)) if row not in served + chosen]
        costs = [
            sum(min([far] + [distances[i][j] for j in [*served, *chosen, row]]) for i in range(len(X))) for row in free
        ]
        chosen.append(free[int(np.argmin(costs))])
    return chosen


def measure_cost(X: NDArray, served: list[int]) -> float:
    return float(np.linalg.norm(X[:, None] - X[served], axis=2).min(axis=1).sum())


@given(seeds, st.integers(0, 3))
def test_choice_is_the_greedy_one(seed: int, n_known: int) -> None:
    X = np.random.default_rng(seed).normal(size=(12, 2))
    known = np.arange(12) < n_known
    found = choose_representatives(X, np.zeros(12, dtype=int), known, n=3)
    naive, before = choose_naively(X, known, 3), np.flatnonzero(known).tolist()
    for n in (1, 2, 3):  # two rows may serve equally well
        assert measure_cost(X, before + found[:n]) == pytest.approx(measure_cost(X, before + naive[:n]))


@given(seeds)
def test_order_of_rows_changes_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, labels = generator.normal(size=(20, 3)), generator.integers(-1, 3, 20)
    order = generator.permutation(20)
    found = choose_representatives(X, labels, np.zeros(20, dtype=bool), n=5)
    moved = choose_representatives(X[order], labels[order], np.zeros(20, dtype=bool), n=5)
    assert order[moved].tolist() == found


def test_many_images_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_style.suggestion.MOST_COMPARED", 60)
    X = np.random.default_rng(0).normal(size=(200, 2))
    known = np.arange(200) < 5
    found = choose_representatives(X, np.zeros(200, dtype=int), known, n=4)
    assert len(set(found)) == 4
    assert min(found) >= 5


def test_reasons_say_what_an_answer_is_worth() -> None:
    result = make_result([0] * 12 + [1] * 8, confidences=np.full(20, 0.5))
    first, second, third, *_ = suggest(result, 5)
    assert first.reason == f"The first of cluster 0 to be labelled; stands for {first.n_images} images."
    assert second.reason.startswith("The first of cluster 1 to be labelled; stands for ")
    assert third.reason.startswith(f"Lies between clusters {third.cluster} and {1 - third.cluster}; stands for ")
    assert sum(one.n_images for one in suggest(result, 5)) == 20
    assert {first.neighbour, second.neighbour} == {0, 1}
    paths = result.table.paths
    assert result.labels[paths.index(first.compare_with)] == first.neighbour


def test_sure_images_and_odd_ones_have_reasons_of_their_own() -> None:
    sure = suggest(make_result([0] * 10, confidences=np.ones(10)), 3)
    assert sure[1].reason.startswith("Lies in a part of cluster 0 where no image is labelled; ")
    assert sure[0].compare_with == ""
    assert sure[0].neighbour == -1
    labels = [0] * 10 + [-1] * 2
    odd = replace(make_result([0] * 10 + [1] * 2, confidences=np.ones(12)), labels=np.array(labels))
    reasons = [one.reason for one in suggest(odd, 12) if one.cluster == -1]
    assert len(reasons) == 2
    assert all(reason.startswith("Belongs to no cluster; ") for reason in reasons)


@dataclass
class Labelled:
    """A result some of whose images are known."""

    base: object
    known: tuple[str, ...]

    def __getattr__(self, name: str) -> object:
        return getattr(self.base, name)


def test_known_images_are_not_asked_again() -> None:
    result = make_result([0] * 6 + [1] * 6)
    some = Labelled(result, ("a", "", "b", *[""] * 9))
    found = suggest(some, 12)
    assert len(found) == 10
    assert not {0, 2} & {one.image for one in found}
    assert found[0].cluster == 1
    with pytest.raises(ParameterError, match="Every image has a label already"):
        suggest(Labelled(result, ("a",) * 12))


@pytest.mark.parametrize("n", [0, 2.5, True])
def test_numbers_that_are_none(n: object) -> None:
    with pytest.raises(ParameterError, match=r"whole number from 1 on. Got"):
        suggest(make_result([0, 1]), n)  # type: ignore[arg-type]


def test_a_saved_run_suggests_what_its_result_does(tmp_path) -> None:
    result = fs.cluster(measure(RENDERINGS).select_families(["noise", "tone"]), n_clusters=3)
    result.save(tmp_path / "run")
    found, again = fs.suggest(result, 5), fs.suggest(fs.load_run(tmp_path / "run"), 5)
    assert [one.path for one in found] == [one.path for one in again]
    assert {one.cluster for one in found} == {0, 1, 2}
