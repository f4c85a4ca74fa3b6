"""Records back from JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic_style.audit import Audit, Contradiction, SplitAudit
from forensic_style.clusters.joins import Join
from forensic_style.clusters.splitting import Split
from forensic_style.clusters.stability import NumberConsidered
from forensic_style.explain import Card, Trait
from forensic_style.laundering import Fragility
from forensic_style.run.records import read_record, read_records
from forensic_style.search.axes import PairOfClusters
from forensic_style.search.evidence import Evidence
from forensic_style.search.family_shares import FamilyShares

KINDS = [
    Audit,
    Card,
    Evidence,
    FamilyShares,
    Fragility,
    Join,
    NumberConsidered,
    PairOfClusters,
    Split,
    SplitAudit,
    Trait,
]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_was_written_comes_back(kind: type[Any], data: st.DataObject) -> None:
    record = data.draw(st.from_type(kind))
    written = json.loads(json.dumps(asdict(record)))
    read = read_record(kind, written, "it")
    assert repr(read) == repr(record)  # nan is nan
    assert type(read) is kind


JOIN = {"one": [0], "other": [1, 2], "height": 2.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"one": 0}, r"^it\[0\]\.one is 0, and not a list$"),
        ({"one": ["0"]}, r"^it\[0\]\.one\[0\] is '0', and not a whole number$"),
        ({"one": [True]}, "is True, and not a whole number"),
        ({"one": [0.5]}, r"is 0\.5, and not a whole number"),
        ({"height": "high"}, "height is 'high', and not a number"),
        ({"height": None}, "height is None, and not a number"),
        ({"height": "x" * 99}, "height is str, and not a number"),
        ({"colour": 1}, r"^it\[0\] has the unknown entry 'colour'$"),
    ],
)
def test_other_types_and_unknown_entries_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_records(Join, [JOIN | changes], "it")


def test_what_is_missing_or_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="it lacks height"):
        read_record(Join, {"one": [0], "other": [1]}, "it")
    with pytest.raises(ValueError, match="it is no record"):
        read_record(Join, [], "it")
    with pytest.raises(ValueError, match="it is no list"):
        read_records(Join, {}, "it")


def test_pairs_literals_and_nothing_are_told_apart() -> None:
    split = {"n_rows": 4, "sizes": [2, 2], "index": 1, "p_value": 0.5, "threshold": 0.1, "p_unimodal": None}
    assert read_record(Split, split, "it").sizes == (2, 2)
    with pytest.raises(ValueError, match=r"it\.sizes is \[2, 1, 1\], and not a list of 2"):
        read_record(Split, split | {"sizes": [2, 1, 1]}, "it")
    alignment = {"confound": "date", "n_values": 2, "nmi": 0.1, "ami": 0.1, "purity": 0.5, "kind": "magic"}
    with pytest.raises(ValueError, match="kind is 'magic', and not one of file, history"):
        read_record(Audit, {"alignments": [alignment]}, "it")


def test_what_follows_from_the_rest_is_passed_over_where_it_is_named() -> None:
    evidence = Evidence(0.5, 0.25, 1.0)
    written = asdict(evidence) | {"score": evidence.score}
    assert read_record(Evidence, written, "it", derived=("score",)) == evidence
    with pytest.raises(ValueError, match="unknown entry 'score'"):
        read_record(Evidence, written, "it")


def test_a_field_that_came_later_has_its_default() -> None:
    assert read_record(Audit, {}, "it") == Audit()
    contradiction = Contradiction(3, "camera", "A", 0, None, "", 2.0, "words")
    assert read_record(Contradiction, asdict(contradiction), "it").usual is None
