"""The methods by name: what they need, what they give, and that each does what its name says."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from forensic_style.baselines.deep import import_torch
from forensic_style.baselines.methods import BELOW_CHANCE, METHODS, NEEDS, MethodTask, Patches
from forensic_style.errors import ForensicStyleError, ParameterError

SHALLOW = [name for name, method in METHODS.items() if "deep" not in method.needs]


def draw_task(*, n: int = 120, content: float = 6.0, skewed: bool = False) -> tuple[MethodTask, list[str]]:
    """Two styles, four contents that differ more than the styles do; five labels of each style."""
    generator = np.random.default_rng(0)
    contents = np.arange(n) % 4
    shares = np.where(contents % 2 == 0, 0.85, 0.15) if skewed else np.full(n, 0.5)
    styles = (generator.random(n) < shares).astype(int)
    X = generator.normal(size=(n, 12)) + content * generator.normal(size=(4, 12))[contents]
    X[:, :4] += 5.0 * styles[:, None]
    known = [""] * n
    for style in (0, 1):
        for row in np.flatnonzero(styles == style)[:5]:
            known[row] = f"s{style}"
    return MethodTask(X, content=[f"c{code}" for code in contents], known=known), [f"s{style}" for style in styles]


def test_the_names_are_the_ones_that_others_use() -> None:
    assert list(METHODS)[:9] == [
        f"{name}{removal}" for name in ("ward", "kmeans", "nearest") for removal in ("", "-centred", "-crossed")
    ]
    assert {"network", "network-ward", "linear", "linear-unconditional", "autoencoder"} <= set(METHODS)
    assert len({method.title for method in METHODS.values()}) == len(METHODS)
    for name, method in METHODS.items():
        assert method.name == name
        assert method.title
        assert method.needs <= set(NEEDS)


@pytest.mark.parametrize("name", SHALLOW)
def test_every_method_labels_every_image_the_same_way_each_time(name: str) -> None:
    task, _ = draw_task()
    found, again = METHODS[name].run(task), METHODS[name].run(task)
    assert np.array_equal(found.labels, again.labels)
    counts = np.bincount(found.labels, minlength=2)
    assert (len(found.labels), len(counts)) == (120, 2)
    assert counts[0] >= counts[1] > 0
    assert found.seconds > 0
    assert found.content_before is not None
    assert found.content_before.accuracy > 0.9


@pytest.mark.parametrize("name", ["ward", "kmeans", "nearest"])
def test_content_hides_the_style_until_it_is_removed(name: str) -> None:
    task, truth = draw_task()
    plain, centred, crossed = (METHODS[name + removal].run(task) for removal in ("", "-centred", "-crossed"))
    assert adjusted_rand_score(truth, plain.labels) < 0.2
    assert adjusted_rand_score(truth, centred.labels) > 0.8
    assert adjusted_rand_score(truth, crossed.labels) > 0.8
    assert centred.content_after is not None
    assert centred.content_after.beyond_chance < 0.1
    assert plain.content_after == plain.content_before


@pytest.mark.parametrize("name", ["linear", "kmeans-centred", "ward-centred", "kmeans-crossed", "linear-unconditional"])
def test_of_noise_content_is_told_by_chance_before_and_after(name: str) -> None:
    ends = []
    for seed in range(6):
        X = np.random.default_rng(seed).normal(size=(72, 30))
        found = METHODS[name].run(MethodTask(X, content=[f"c{row % 12}" for row in range(72)]))
        assert found.content_before is not None
        assert found.content_after is not None
        assert name == "linear-unconditional" or found.content_after.accuracy >= 1 / 12
        assert BELOW_CHANCE not in found.notes or found.content_after.accuracy == 1 / 12
        ends.append((found.content_before.accuracy, found.content_after.accuracy))
    assert np.mean(ends, axis=0) == pytest.approx([1 / 12, 1 / 12], abs=0.04)  # deviation .013 of 432 rows


@pytest.mark.parametrize("name", ["linear", "kmeans-centred", "kmeans-crossed"])
def test_of_much_content_little_is_told_after(name: str) -> None:
    found = METHODS[name].run(draw_task()[0])
    assert found.content_before is not None
    assert found.content_after is not None
    assert found.content_before.accuracy > 0.9
    assert found.content_after.accuracy == pytest.approx(0.25, abs=0.15)


def test_centring_removes_the_style_where_the_mix_is_skewed_and_crossed_effects_do_not() -> None:
    task, truth = draw_task(n=160, skewed=True)
    centred, crossed = METHODS["kmeans-centred"].run(task), METHODS["kmeans-crossed"].run(task)
    assert adjusted_rand_score(truth, crossed.labels) > adjusted_rand_score(truth, centred.labels) + 0.1


def test_the_network_finds_what_it_was_shown_and_the_linear_case_what_is_left() -> None:
    task, truth = draw_task(content=2.0)
    hidden = [row for row, label in enumerate(task.known or []) if not label]
    network, tree = METHODS["network"].run(task), METHODS["network-ward"].run(task)
    for found in (network, tree):
        assert adjusted_rand_score([truth[row] for row in hidden], found.labels[hidden]) > 0.6
        assert found.notes == ("Learnt from 10 labels of 2 styles.",)
    assert tree.content_after == network.content_after  # the same layer
    task, truth = draw_task()
    assert adjusted_rand_score(truth, METHODS["linear"].run(task).labels) > 0.8
    assert adjusted_rand_score(truth, METHODS["linear-unconditional"].run(task).labels) < 0.2


def test_what_a_method_needs_and_does_not_get_is_named() -> None:
    task, _ = draw_task()
    bare = replace(task, content=None, known=[""] * 120)
    assert bare.list_unmet(frozenset({"known", "content", "patches", "deep"})) == ["content", "known", "patches"]
    with pytest.raises(ParameterError, match=r"This method needs content labels\. Give them as well"):
        METHODS["kmeans-crossed"].run(bare)
    with pytest.raises(ParameterError, match=r"known styles and patches of the images"):
        METHODS["network-patches"].run(bare)
    result = METHODS["kmeans"].run(bare)
    assert (result.content_before, result.content_after) == (None, None)


def test_without_pytorch_it_is_said_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ForensicStyleError, match=r"PyTorch, which is not installed.*'forensic_style\[deep\]'"):
        import_torch()
    for name in ("autoencoder", "autoencoder-unconditional"):
        with pytest.raises(ForensicStyleError, match=r"forensic_style\[deep\]"):
            METHODS[name].run(draw_task()[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"content": ["a"]}, "There are 120 images and 1 content labels"),
        ({"known": ["a", "b"]}, "There are 120 images and 2 known styles"),
        ({"n_clusters": 121}, r"n_clusters must be a whole number in 1..120"),
        ({"n_clusters": 0}, r"Got 0 instead"),
        ({"patches": Patches(np.zeros((2, 16, 16), np.float32), np.array([0, 1]))}, "not those of 120 images"),
    ],
)
def test_a_task_that_does_not_fit_together_is_refused(wrong, message) -> None:
    with pytest.raises(ParameterError, match=message):
        replace(draw_task()[0], **wrong)


def test_missing_values_and_shares_go_through() -> None:
    task, truth = draw_task(content=0.0)
    X = np.hstack([task.X, np.random.default_rng(3).random((120, 2))])
    missing = np.zeros(X.shape, dtype=bool)
    missing[::7, 10:12] = True
    shares = np.arange(14) >= 12
    odd = X.copy()
    odd[missing] = 1e9
    labels = METHODS["kmeans"].run(replace(task, X=odd, missing=missing, shares=shares)).labels
    assert adjusted_rand_score(truth, labels) > 0.8
