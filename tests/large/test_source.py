"""A table in memory as a source of many images."""

from __future__ import annotations

import numpy as np
import pytest

from forensic_style.errors import TableError
from forensic_style.large import TableSource
from forensic_style.sampling import MEAN_ROW, is_sampled
from tests.large.tables import draw_table


def test_the_sample_is_what_the_hashes_say() -> None:
    table = draw_table(60)
    source = TableSource(table, most=20)
    assert source.share == 0.25  # 30 would be too many
    sample = source.sample()
    assert sample.paths == [image.path for image in table.images if is_sampled(image.sha256, 0.25)]
    assert 5 < len(sample.images) < 25
    assert sample.count_windows().tolist() == [2] * len(sample.images)


def test_blocks_hold_every_image_once_in_the_order_of_paths() -> None:
    table = draw_table(50)
    shuffled = table.select_images(np.random.default_rng(0).permutation(50))
    blocks = list(TableSource(shuffled, most=20).blocks(16))
    assert [len(block.images) for block in blocks] == [16, 16, 16, 2]
    assert [path for block in blocks for path in block.paths] == table.paths
    assert [image.path for image in TableSource(shuffled).records()] == table.paths
    assert all((block.windows[:, 0] == MEAN_ROW).all() for block in blocks)
    roots = np.sqrt(table.values[:2]).mean(axis=0) ** 2
    means = np.where(table.shares, roots, table.values[:2].mean(axis=0))
    np.testing.assert_allclose(blocks[0].values[0], means, rtol=1e-6)


def test_an_empty_sample_is_told() -> None:
    table = draw_table(30)
    outside = table.select_images([n for n, image in enumerate(table.images) if not is_sampled(image.sha256, 0.5)])
    with pytest.raises(TableError, match=r"None of the \d+ images is in the sample"):
        TableSource(outside, most=10).sample()
