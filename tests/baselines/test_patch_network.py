"""The network of patches, where PyTorch is installed: a difference that only its patches show."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

torch = pytest.importorskip("torch")

from forensic_style.baselines.partitions import cluster_kmeans  # noqa: E402
from forensic_style.baselines.patch_network import PatchNetwork  # noqa: E402
from forensic_style.baselines.tasks import Patches  # noqa: E402
from forensic_style.errors import ParameterError  # noqa: E402
from tests.baselines.test_autoencoder import draw_patches, one_thread  # noqa: E402, F401


def test_noise_of_two_finenesses_is_told_apart_on_images_without_a_label() -> None:
    patches, styles = draw_patches(n_images=40, per_image=4)
    known = [f"s{style}" if row < 12 else "" for row, style in enumerate(styles)]
    layer = PatchNetwork().fit(patches, known).transform(patches)
    assert layer.shape == (40, 32)
    assert adjusted_rand_score(styles[12:], cluster_kmeans(layer, 2)[12:]) > 0.9


def test_the_seed_decides_and_the_number_of_epochs_is_kept() -> None:
    patches, styles = draw_patches(n_images=8)
    known = [f"s{style}" for style in styles]
    seen: list[tuple[int, int]] = []
    first = PatchNetwork(n_epochs=2).fit(patches, known, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]
    assert np.array_equal(first.transform(patches), PatchNetwork(n_epochs=2).fit(patches, known).transform(patches))


def test_the_number_of_threads_decides_nothing() -> None:
    patches, styles = draw_patches(n_images=8)
    layers = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        network = PatchNetwork(n_epochs=2).fit(patches, [f"s{style}" for style in styles])
        layers.append(network.transform(patches))
        assert torch.get_num_threads() == n_threads
    assert np.array_equal(layers[0], layers[1])


def test_an_image_is_the_mean_of_its_patches() -> None:
    patches, styles = draw_patches(n_images=6)
    network = PatchNetwork(n_epochs=1).fit(patches, [f"s{style}" for style in styles])
    alone = [
        network.transform(Patches(patches.values[[row]], np.array([0])))[0]
        for row in np.flatnonzero(patches.images == 2)
    ]
    np.testing.assert_allclose(network.transform(patches)[2], np.mean(alone, axis=0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("known", "message"),
    [(["a"] * 6, "two styles at least. Got 1"), (["a", "b"], "There are 6 images and 2 labels")],
)
def test_labels_that_teach_nothing_are_refused(known, message) -> None:
    with pytest.raises(ParameterError, match=message):
        PatchNetwork().fit(draw_patches(n_images=6)[0], known)
    with pytest.raises(ParameterError, match="must be at least 1"):
        PatchNetwork(n_epochs=0).fit(draw_patches(n_images=6)[0], ["a", "b"] * 3)
