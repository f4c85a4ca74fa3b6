"""Results without private parts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forensic_style as fs
from forensic_style.audit import warn_of_claims
from forensic_style.errors import REASONS, TableError
from forensic_style.extension import extend_run
from forensic_style.privacy import HIDDEN, hide_private, hide_table
from forensic_style.report import draw_report
from forensic_style.run import load_result, load_run
from forensic_style.run.relabelling import cut_by_hand
from forensic_style.table import SkippedImage
from tests.report import make_result
from tests.run.rich import FAMILIES, SECRET_CLAIM, SECRET_FOLDER, SECRET_LABEL, find_difference, make_secret_result
from tests.samples import RENDERINGS, measure

SECRETS = [
    SECRET_FOLDER,
    SECRET_CLAIM,
    SECRET_LABEL,
    "Abendroth",
    "Söhne",
    "Zorki",
    "1987:06",
    "1987-06-05",
    "Besitzerin",
    "/home",
    "index.csv",
]
JFIF = b"/9j/4AAQSkZJRg"  # how every thumbnail begins in base64


@pytest.fixture(scope="module")
def secret() -> fs.ClusterResult:
    return make_secret_result()


@pytest.fixture(scope="module")
def hidden(secret: fs.ClusterResult) -> fs.ClusterResult:
    return hide_private(secret)


@pytest.fixture(scope="module")
def run(hidden: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("private") / "run"
    hidden.save(folder)
    return folder


def find_secrets(content: bytes) -> list[str]:
    """Secrets in a file, as they are and as JSON and HTML may write them."""
    shown = [
        form
        for secret in SECRETS
        for form in (secret, json.dumps(secret)[1:-1], secret.replace("&", "&amp;"), secret.replace("&", "\\u0026"))
    ]
    return [form for form in shown if form.encode() in content]


def test_the_search_for_secrets_finds_them(secret: fs.ClusterResult, tmp_path: Path) -> None:
    secret.save(tmp_path / "run")
    for name in ("clusters.csv", "run.json", "audit.json", "report.html", "skipped.csv"):
        assert find_secrets((tmp_path / "run" / name).read_bytes()), name
    assert JFIF in (tmp_path / "run" / "report.html").read_bytes()


def test_no_secret_is_in_any_byte_of_the_run(run: Path) -> None:
    files = [path for path in run.rglob("*") if path.is_file()]
    assert len(files) == 9
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".parquet":
            plain = path.with_suffix(".plain")
            pq.write_table(pq.read_table(path), plain, compression="none", use_dictionary=False)
            content += plain.read_bytes()
            plain.unlink()
        assert find_secrets(content) == [], path
        assert b"\xff\xd8\xff" not in content, path  # no JPEG file
        assert JFIF not in content, path


def test_what_is_not_private_stays(secret: fs.ClusterResult, hidden: fs.ClusterResult) -> None:
    assert [image.sha256 for image in hidden.table.images] == [image.sha256 for image in secret.table.images]
    for name in ("labels", "confidences", "tree", "coordinates", "content", "known", "names", "traits", "evidence"):
        assert find_difference(getattr(hidden, name), getattr(secret, name)) == "", name
    np.testing.assert_array_equal(hidden.table.values, secret.table.values)
    assert hidden.audit.alignments == secret.audit.alignments
    assert hidden.audit.splits == secret.audit.splits
    assert hidden.cards[0].findings[0].words == f"claims {HIDDEN} in {HIDDEN}"
    assert hidden.audit.warnings == (f"Clusters 0 and 1 differ in folder alone ({HIDDEN}).",)
    assert hidden.warnings[-2].startswith("Known styles that the traces contradict: 04 (")
    assert hidden.warnings[-1] == f"{HIDDEN} and {HIDDEN} on {HIDDEN}."
    assert hidden.settings["privacy"] is True
    assert hidden.settings["inputs"] == [HIDDEN]


def test_files_of_one_name_are_told_apart(secret: fs.ClusterResult, hidden: fs.ClusterResult) -> None:
    paths = [*hidden.table.paths, *(skipped.path for skipped in hidden.table.skipped)]
    assert len(set(paths)) == len(paths) == 49
    assert paths[8] == f"04 ({secret.table.images[8].sha256[:8]}).png"
    assert paths[48] == "00 (1).png"
    assert hidden.table.images[3].notes == (f"the same bytes as {paths[2]}", "alpha left out")
    assert hidden.table.images[4].notes == ("truncated, measured all the same",)
    reason = hidden.table.skipped[0]
    assert (reason.reason, reason.message.lower()) == ("unreadable", REASONS["unreadable"] + ".")


def test_copies_of_one_name_are_told_apart_too() -> None:
    result = make_result([0, 0, 1, 1], paths=["a/x.jpg", "b/x.jpg", r"c\x.jpg", "x (00000000).jpg"])
    images = [replace(image, sha256="0" * 64) for image in result.table.images]
    table = hide_table(replace(result.table, images=tuple(images), skipped=(SkippedImage("d/", "unreadable", ""),)))
    assert table.paths == ["x (00000000, 2).jpg", "x (00000000, 3).jpg", "x (00000000, 4).jpg", "x (00000000).jpg"]
    assert table.skipped[0].path == "d"


def test_a_saved_run_gives_the_same_and_stays_private_when_redrawn(run: Path, hidden: fs.ClusterResult) -> None:
    loaded = load_result(run)
    assert find_difference(loaded, hidden) == ""
    assert draw_report(loaded).encode() == (run / "report.html").read_bytes()
    assert find_secrets(draw_report(cut_by_hand(loaded, 2)).encode()) == []


def test_hiding_twice_is_hiding_once(hidden: fs.ClusterResult) -> None:
    assert find_difference(hide_private(hidden), hidden) == ""


def test_content_that_is_named_by_folders_becomes_numbers(tmp_path: Path) -> None:
    table = measure(RENDERINGS).select_families(FAMILIES)
    folders = [f"Dr {label}" for label in table.read_labels("object")]
    result = fs.cluster(table, content=folders, n_clusters=3)
    hidden = hide_private(replace(result, settings={**result.settings, "content": "names of folders"}))
    hidden.save(tmp_path / "run")
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or b"Dr " not in path.read_bytes(), path
    names = {f"content {number}" for number in range(1, 9)}
    assert set(hidden.content or ()) == names
    assert set(hidden.model.adjuster.contents_) == names
    told = dict(zip(folders, hidden.content or (), strict=True))
    renamed = hidden.assign(table, content=[told[label] for label in folders])
    np.testing.assert_array_equal(renamed.clusters, result.assign(table, content=folders).clusters)


def test_plain_words_stay_in_sentences() -> None:
    paths = [f"images/{number}/x.jpg" for number in range(4)]
    warnings = ("4 images of a camera have none, says images/2/x.jpg.", "Canonical folder Canon")
    result = make_result([0, 0, 1, 1], paths=paths, warnings=warnings)
    claims = [replace(image, claims={"make": "Canon"}) for image in result.table.images]
    hidden = hide_private(replace(result, table=replace(result.table, images=tuple(claims))))
    name = hidden.table.paths[2]
    assert hidden.warnings == (f"4 images of a camera have none, says {name}.", f"Canonical folder {HIDDEN}")


def test_nothing_says_that_files_contradict_their_claims(secret: fs.ClusterResult) -> None:
    said = warn_of_claims(secret.audit.claims, secret.table.paths)
    assert len(said) == 1
    hidden = hide_private(replace(secret, warnings=(*said, *secret.warnings)))
    assert len(hidden.warnings) == len(secret.warnings)
    assert "claim" not in " ".join(hidden.warnings)


def test_a_folder_called_like_a_word_of_ours_leaves_sentences_whole() -> None:
    result = make_result([0, 0, 1, 1], paths=[f"JPEG/{n}.jpg" for n in range(4)], warnings=("The JPEG quality.",))
    assert hide_private(result).warnings == ("The JPEG quality.",)


def test_new_images_are_assigned_and_the_run_is_not_extended(run: Path) -> None:
    finished = load_run(run)
    table = measure(RENDERINGS)
    found = finished.assign(table)
    assert found.in_run.all()
    np.testing.assert_array_equal(found.clusters, finished.labels)
    with pytest.raises(TableError, match=r"was made with --privacy, .* so no images can be added"):
        extend_run(finished, table)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=12).map(
    lambda text: f"Qx{text}7y"
)


@given(folder=WORDS, claim=WORDS, label=WORDS)
@settings(max_examples=60, deadline=None)
def test_no_odd_character_keeps_a_secret_from_being_found(folder: str, claim: str, label: str) -> None:
    paths = [f"{folder}/{number}.jpg" for number in range(4)]
    told = (f"'{folder}' ({claim}): {label}.", f"See {paths[1]}, {paths[2]}; claims {claim.strip()}")
    result = make_result([0, 0, 1, 1], paths=paths, warnings=told)
    images = [replace(image, claims={"make": claim}, labels={"owner": label}) for image in result.table.images]
    hidden = hide_private(replace(result, table=replace(result.table, images=tuple(images))))
    assert hidden.warnings == (
        f"'{HIDDEN}' ({HIDDEN}): {HIDDEN}.",
        f"See 1.jpg, 2.jpg; claims {HIDDEN}",
    )
