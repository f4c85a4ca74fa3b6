"""The conditional autoencoder, where PyTorch is installed: content against style, its linear case, seeds, state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

torch = pytest.importorskip("torch")

from forensic_style.baselines.autoencoder import ConditionalAutoencoder  # noqa: E402
from forensic_style.baselines.deep import Training, hold_out  # noqa: E402
from forensic_style.baselines.linear import LinearConditionalAutoencoder  # noqa: E402
from forensic_style.baselines.methods import METHODS, MethodTask, Patches  # noqa: E402
from forensic_style.baselines.partitions import cluster_kmeans  # noqa: E402
from forensic_style.baselines.predictability import measure_content_predictability  # noqa: E402
from forensic_style.errors import ParameterError  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tests run side by side: threads of each would wait for those of the others."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def draw_rows(seed: int, *, n: int = 240, n_contents: int = 5, n_styles: int = 3) -> tuple[NDArray, NDArray, NDArray]:
    """Content effects of four deviations in every column, style effects of 1.2."""
    generator = np.random.default_rng(seed)
    contents, styles = generator.integers(n_contents, size=n), generator.integers(n_styles, size=n)
    X = generator.normal(size=(n, 30)) + 4 * generator.normal(size=(n_contents, 30))[contents]
    return X + 1.2 * generator.normal(size=(n_styles, 30))[styles], contents, styles


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_told_the_content_it_finds_the_style_and_untold_the_content(seed: int) -> None:
    X, contents, styles = draw_rows(seed)
    told, untold = (
        ConditionalAutoencoder(conditional=conditional).fit(X, content=contents).transform(X)
        for conditional in (True, False)
    )
    assert adjusted_rand_score(styles, cluster_kmeans(told, 3)) > 0.8
    assert adjusted_rand_score(styles, cluster_kmeans(untold, 3)) < 0.1
    before, after, kept = (measure_content_predictability(each, contents) for each in (X, told, untold))
    assert before is not None
    assert after is not None
    assert kept is not None
    assert after.accuracy < before.accuracy - 0.1
    assert kept.accuracy > 0.95


def test_the_linear_one_restores_nearly_as_well_as_the_closed_form_and_never_better() -> None:
    X, contents, _ = draw_rows(0)
    closed = LinearConditionalAutoencoder(2).fit(X, content=contents)  # three styles lie in a plane
    best = ((X - closed.inverse_transform(closed.transform(X, content=contents), content=contents)) ** 2).sum()
    coder = ConditionalAutoencoder(
        2,
        hidden=(),
        penalty=0.0,
        held_out=0.0,
        training=Training(rate=1e-2, decay=0.0, batch=240, most_epochs=1500, patience=100),
    ).fit(X, content=contents)
    ours = ((X - coder.inverse_transform(coder.transform(X), content=contents)) ** 2).sum()
    assert best * (1 - 1e-5) <= ours < best * 1.01
    weights = coder.decoder_[0].weight.detach().numpy()[:, :2].astype(float)
    cosines = np.linalg.svd(np.linalg.qr(weights)[0].T @ closed.components_.T)[1]
    assert cosines.min() > 0.99  # nearly the same directions


def test_the_same_seed_gives_the_same_code_and_what_others_draw_is_left_alone() -> None:
    X, contents, _ = draw_rows(1, n=60)
    training = Training(most_epochs=5)
    torch.manual_seed(7)
    expected = torch.rand(3).tolist()
    torch.manual_seed(7)
    np.random.seed(7)  # noqa: NPY002
    drawn = np.random.get_state()[1].tolist()  # noqa: NPY002
    threads, seen = torch.get_num_threads(), []
    first = ConditionalAutoencoder(training=training, random_state=1)
    first.fit(X, content=contents, progress=lambda done, of: seen.append((done, of)))
    assert torch.rand(3).tolist() == expected
    assert np.random.get_state()[1].tolist() == drawn  # noqa: NPY002
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == (threads, True)
    assert seen == [(epoch, 5) for epoch in range(1, 6)]
    again = ConditionalAutoencoder(training=training, random_state=1).fit(X, content=contents)
    other = ConditionalAutoencoder(training=training, random_state=2).fit(X, content=contents)
    assert np.array_equal(first.transform(X), again.transform(X))
    assert not np.array_equal(first.transform(X), other.transform(X))


def test_training_ends_where_what_is_held_out_gains_no_more_and_the_best_weights_are_kept() -> None:
    X = np.random.default_rng(0).normal(size=(60, 20))  # nothing to learn but these rows by heart
    training = Training(rate=1e-2, most_epochs=400, patience=10)
    coder = ConditionalAutoencoder(15, hidden=(256,), penalty=0.0, held_out=0.3, training=training).fit(X)
    history = coder.history_
    assert len(history) < 400
    assert history[-1, 0] < history[:, 0].max() / 2
    best = int(history[:, 1].argmin())
    assert best < len(history) - 1
    _, out = hold_out(np.arange(60), 0.3, 0)
    error = ((coder.inverse_transform(coder.transform(X)) - X)[out] ** 2).mean() / coder.scale_**2
    assert error == pytest.approx(history[best, 1], rel=1e-4)


def test_rows_of_a_group_are_held_out_together() -> None:
    groups = np.repeat(np.arange(10), 3)
    learn, out = hold_out(groups, 0.2, 0)
    assert (len(learn), len(out)) == (24, 6)
    assert not set(groups[learn]) & set(groups[out])
    assert len(hold_out(groups, 0.05, 0)[1]) == 0


def test_unknown_contents_are_told_as_the_usual_mix() -> None:
    X, contents, _ = draw_rows(2, n=60)
    labels = ["" if row % 4 == 0 else f"c{code}" for row, code in enumerate(contents)]
    coder = ConditionalAutoencoder(training=Training(most_epochs=3)).fit(X, content=labels)
    assert coder.shares_.sum() == pytest.approx(1)
    code = coder.transform(X)
    each = [coder.inverse_transform(code, content=[name] * 60) for name in coder.contents_]
    unknown = coder.inverse_transform(code, content=["new"] * 60)
    assert np.isfinite(unknown).all()
    assert not any(np.allclose(unknown, one) for one in each)
    assert np.array_equal(unknown, coder.inverse_transform(code))
    bare = ConditionalAutoencoder(training=Training(most_epochs=3)).fit(X)
    assert len(bare.contents_) == 0
    assert bare.inverse_transform(bare.transform(X)).shape == X.shape


def test_rows_that_do_not_vary_are_encoded() -> None:
    assert np.isfinite(ConditionalAutoencoder().fit(np.full((12, 4), 3.0)).transform(np.full((2, 4), 3.0))).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "images"}, "The kind must be one of rows, patches. Got 'images'"),
        ({"code": 0}, "need at least one unit"),
        ({"hidden": (8, 0)}, "need at least one unit"),
        ({"held_out": 1.0}, "share held out in 0..1"),
        ({"penalty": -1.0}, "penalty must not be below 0"),
    ],
)
def test_wrong_arguments_are_named(settings, message) -> None:
    with pytest.raises(ParameterError, match=message):
        ConditionalAutoencoder(**settings).fit(np.zeros((5, 3)))
    with pytest.raises(ParameterError, match="rate must be above 0"):
        Training(rate=0.0)
    with pytest.raises(ParameterError, match="must be at least 1"):
        Training(batch=0)


def draw_patches(seed: int = 0, n_images: int = 24, per_image: int = 3) -> tuple[Patches, NDArray]:
    """Noise of two finenesses: white, and averaged along the rows."""
    generator = np.random.default_rng(seed)
    styles = np.arange(n_images) % 2
    images = np.repeat(np.arange(n_images), per_image)
    values = generator.normal(size=(len(images), 24, 24)).astype(np.float32)
    smooth = (values + np.roll(values, 1, axis=2)) / np.sqrt(np.float32(2))
    return Patches(np.where(styles[images][:, None, None] == 1, smooth, values), images), styles


def test_patches_are_encoded_and_decoded_in_their_own_shape() -> None:
    patches, _ = draw_patches()
    content = [f"c{image % 3}" for image in patches.images]
    coder = ConditionalAutoencoder(4, kind="patches", training=Training(most_epochs=3))
    coder.fit(patches.values, content=content, groups=patches.images)
    code = coder.transform(patches.values)
    assert code.shape == (72, 4)
    assert coder.inverse_transform(code, content=content).shape == patches.values.shape
    assert coder.history_[-1, 0] < coder.history_[0, 0]
    for wrong in (np.zeros((4, 20, 20)), np.zeros((4, 8, 8)), np.zeros((4, 16, 24)), np.zeros((4, 16))):
        with pytest.raises(ParameterError, match="multiple of 8, at least 16"):
            ConditionalAutoencoder(kind="patches").fit(wrong)
    with pytest.raises(ParameterError, match="72 rows and 3 groups"):
        ConditionalAutoencoder(kind="patches").fit(patches.values, groups=[1, 2, 3])


def test_the_code_of_patches_does_not_depend_on_the_number_of_threads() -> None:
    patches, _ = draw_patches()
    codes = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        coder = ConditionalAutoencoder(4, kind="patches", training=Training(most_epochs=2)).fit(patches.values)
        codes.append(coder.transform(patches.values))
        assert torch.get_num_threads() == n_threads
    assert np.array_equal(codes[0], codes[1])


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if "deep" in method.needs])
def test_every_method_that_needs_pytorch_labels_every_image(name: str) -> None:
    patches, styles = draw_patches()
    X = np.random.default_rng(0).normal(size=(24, 6)) + 6.0 * styles[:, None]
    content = [f"c{row % 3}" for row in range(24)]
    known = [f"s{style}" if row < 12 else "" for row, style in enumerate(styles)]
    seen: list[int] = []
    task = MethodTask(X, content=content, known=known, patches=patches, progress=lambda done, of: seen.append(done))
    found = METHODS[name].run(task)
    assert np.bincount(found.labels).tolist() == sorted(np.bincount(found.labels).tolist(), reverse=True)
    assert len(found.labels) == 24
    assert seen == list(range(1, len(seen) + 1))
    assert found.notes
    if "patches" not in METHODS[name].needs:
        assert adjusted_rand_score(styles, found.labels) > 0.8


@pytest.mark.filterwarnings(r"ignore:.*SCIPY_ARRAY_API:sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([ConditionalAutoencoder(training=Training(most_epochs=3))])
def test_it_is_a_transformer(estimator: BaseEstimator, check) -> None:
    check(estimator)
