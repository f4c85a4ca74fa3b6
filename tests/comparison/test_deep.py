"""Comparisons that need the extra `deep`: features of a network, and methods in PyTorch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from forensic_style.comparison import compare
from forensic_style.embedding import embed
from forensic_style.parquet import save_table_file
from tests.comparison import make_table, read_truth_of
from tests.samples import DATA, RENDERINGS

NETWORK = DATA / "networks" / "scenes.onnx"


def test_features_of_a_network_stand_beside_fingerprints(tmp_path: Path) -> None:
    table = embed(RENDERINGS, NETWORK, layer="relu3_1")
    save_table_file(table, tmp_path / "scenes.parquet")
    comparison = compare(
        [tmp_path / "scenes.parquet"],
        RENDERINGS,
        column="technology",
        content="object",
        methods=["style", "kmeans", "kmeans-centred"],
    )
    assert [entry.source for entry in comparison.entries] == ["scenes"] * 3
    assert max(entry.ari for entry in comparison.entries) > 0.6  # edges, silhouettes and paintings look different
    cost = comparison.entries[0].cost
    assert cost.cpu_seconds is not None
    assert cost.peak_bytes is not None
    assert cost.weights_bytes is not None
    assert cost.cpu_seconds > 0
    assert 0 < cost.weights_bytes < NETWORK.stat().st_size
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_being_told_the_content_helps_an_autoencoder_where_content_dominates() -> None:
    table = make_table(style=1.0, scene=2.0, each=6, columns=60)
    told: list[tuple[str, int, int]] = []
    comparison = compare(
        {"grain": table},
        read_truth_of(table),
        content=read_truth_of(table, "scene"),
        methods=["autoencoder", "autoencoder-unconditional"],
        progress=lambda *done: told.append(done),
    )
    conditional, plain, linear = comparison.entries
    assert (linear.method, comparison.beside) == ("linear", ("linear",))
    assert conditional.ari > plain.ari + 0.3
    assert all(entry.found.content_after is not None for entry in comparison.entries)
    assert any(done for _, done, _ in told)
    pair = comparison.pairs[0]
    assert pair.low > 0
    assert pair.p_value < 0.05
