"""Runs, tables and methods side by side on one truth."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forensic_style.comparison.methods import (
    DEFAULT,
    Asked,
    Found,
    check_methods,
    list_beside,
    list_titles,
    run_method,
    sees_pixels,
)
from forensic_style.comparison.pairs import PairTest, compare_pairs
from forensic_style.comparison.scores import EntryScore, measure_content, score_entry
from forensic_style.comparison.sources import Entry, Source, open_sources
from forensic_style.comparison.truth import KnownOfImages, Labels, check_same_images, look_up, read_truth
from forensic_style.errors import ForensicStyleError, ParameterError
from forensic_style.evaluation.intervals import LEVEL

__all__ = ["Comparison", "EntryScore", "PairTest", "compare"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Clusterings of the same images beside each other.

    Parameters
    ----------
    entries : in the order of the sources and methods given
    pairs : the difference of every two entries, and a test of it
    paths : of the images scored, as the truth names them
    technologies : of these images
    content : of these images, "" where unknown; None where there is none
    n_clusters : that methods were asked for
    is_number_given : whether that number was given, or is that of the technologies
    n_told : images left out because some entry was told their technology
    truth : where it is from
    beside : methods that were not asked for and belong beside those that were
    n_other_files : images whose file, as the manifest names it, has another size than one that was read
    """

    entries: tuple[EntryScore, ...]
    pairs: tuple[PairTest, ...]
    paths: list[str]
    technologies: list[str]
    content: list[str] | None
    n_clusters: int
    is_number_given: bool
    n_told: int
    truth: str
    beside: tuple[str, ...] = ()
    n_other_files: int = 0

    @property
    def content_of_technologies(self) -> float | None:
        """Adjusted mutual information of the technologies themselves with the content, which right clusters have."""
        if self.content is None or len({label for label in self.content if label}) < 2:
            return None
        codes = np.unique(np.array(self.technologies, dtype=str), return_inverse=True)[1]
        return measure_content(codes, self.content)[0]

    def __repr__(self) -> str:
        """A line for each entry."""
        lines = [f"  {entry.title}: ARI {entry.ari:.3f}" for entry in self.entries]
        return "\n".join([f"Comparison of {len(lines)} on {len(self.paths)} images", *lines])

    def to_dict(self) -> dict[str, Any]:
        """Everything but the labels as plain values for JSON."""
        return {
            "truth": self.truth,
            "n_images": len(self.paths),
            "n_technologies": len(set(self.technologies)),
            "n_clusters_of_methods": self.n_clusters,
            "n_told": self.n_told,
            "methods_beside": list(self.beside),
            "n_other_files": self.n_other_files,
            "content_ami_of_technologies": self.content_of_technologies,
            "level": LEVEL,
            "entries": [entry.to_dict() for entry in self.entries],
            "differences": [asdict(pair) for pair in self.pairs],
        }

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write Markdown, CSV, JSON, a picture, and the clusters of each entry into a folder, which is made.

        Raises
        ------
        TableError
            where the folder holds anything else, or a comparison already and `force` is not set.
        """
        from forensic_style.comparison.files import save_comparison

        save_comparison(self, folder, force=force)


def compare(
    entries: Sequence[Entry] | Mapping[str, Entry],
    truth: str | os.PathLike[str] | Labels,
    *,
    column: str | None = None,
    content: str | Labels | None = None,
    known: str | Labels | None = None,
    methods: Sequence[str] | None = None,
    n_clusters: int | None = None,
    random_state: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Score runs, and methods on tables, on the same images.

    A run stands for its own clusters; methods cluster the fingerprints of runs and tables, of those images alone that
    every entry has and whose technology is known or told. Scored are these images but those that an entry was told.

    Parameters
    ----------
    entries : runs, tables, results, or names of their files and folders; a mapping names them
    truth : a manifest, or a mapping from path to technology
    column, content, known : columns of the manifest: the technologies; what images show, for methods that remove it
        and for the leakage; the few technologies that methods are told. Mappings where the truth is one
    methods : on every table: "style" for this program's search, or others, see
        :func:`forensic_style.comparison.methods.list_titles`. By default k-means and this program's search on tables,
        and nothing but their own clusters of runs. Beside a conditional autoencoder always stands the unconditional
        one, and beside that of fingerprints the linear case in closed form
    n_clusters : that methods are asked for; by default the number of technologies of the images they cluster
    random_state : seed
    progress : called with what is being done, and the numbers of rounds done and in all, 0 where these are not known

    Returns
    -------
    Comparison.

    Raises
    ------
    ParameterError, TableError
        where something is given twice, a method is not known or lacks what it needs, two entries call different files
        by the same name, or no images are left.
    """
    sources = open_sources(entries)
    known_of_images = read_truth(truth, column=column, content=content, known=known)
    given = {"content": known_of_images.content, "known": known_of_images.known}
    there = {name for name, labels in given.items() if labels} | ({"patches"} if known_of_images.images else set())
    beside = list_beside(methods or [])
    asked = None if methods is None else check_methods([*methods, *beside], given=frozenset(there))
    plan = _make_plan(sources, asked)
    names = {source.name: known_of_images.name_images(source) for source in sources}
    check_same_images(sources, names)
    others = set[str]().union(*(known_of_images.list_other_files(source, names[source.name]) for source in sources))
    scored = _choose_images(sources, names, known_of_images, is_told=any(method for _, method in plan))
    technologies = look_up(known_of_images.technologies, scored.names)
    shown = None if known_of_images.content is None else look_up(known_of_images.content, scored.names)
    number = scored.n_technologies if n_clusters is None else n_clusters
    scores = []
    for source, method in plan:
        chosen = [row for row, name in enumerate(names[source.name]) if not method or name in scored.clustered]
        called = [names[source.name][row] for row in chosen]
        found = _find(source, method, chosen, called, known_of_images, number, random_state, progress)
        place = {name: row for row, name in reversed(list(enumerate(called))) if name is not None}
        about = {"source": source.name, "method": method, "title": _describe(source, method), "cost": source.cost}
        about |= {"paths": [source.paths[row] for row in chosen], "n_left_out": len(source.paths) - len(scored.names)}
        rows = [place[name] for name in scored.names]
        scores.append(score_entry(found, rows, technologies, shown, about=about, random_state=random_state))
    if progress is not None:
        progress("Differences", 0, 0)
    pairs = compare_pairs([entry.labels for entry in scores], technologies, random_state=random_state)
    return Comparison(
        entries=tuple(scores),
        pairs=pairs,
        paths=scored.names,
        technologies=technologies,
        content=shown,
        n_clusters=number,
        is_number_given=n_clusters is not None,
        n_told=scored.n_told,
        truth=known_of_images.where,
        beside=tuple(beside),
        n_other_files=len(others),
    )


def _make_plan(sources: list[Source], asked: list[str] | None) -> list[tuple[Source, str]]:
    """Methods on sources; "" is a run's own clusters. What sees pixels finds the same in all, and runs once."""
    plan = []
    for number, source in enumerate(sources):
        own = [] if source.labels is None else [""]
        default = [] if own else list(DEFAULT)
        methods = default if asked is None else [name for name in asked if number == 0 or not sees_pixels(name)]
        plan += [(source, method) for method in own + methods]
    return plan


def _describe(source: Source, method: str) -> str:
    what = list_titles()[method] if method else "its own clusters"
    return f"pixels of {source.name}, {what}" if sees_pixels(method) else f"{source.name}, {what}"


@dataclass(frozen=True)
class _Scored:
    """Images by the name that the truth has for them.

    Parameters
    ----------
    names : that are scored
    clustered : that methods cluster: these and, in every source as well, those whose technology was told
    n_technologies : of the images that methods cluster
    n_told : images that are not scored because they were told
    """

    names: list[str]
    clustered: frozenset[str]
    n_technologies: int
    n_told: int


def _choose_images(
    sources: list[Source], names: dict[str, list[str | None]], known: KnownOfImages, *, is_told: bool
) -> _Scored:
    labels = (known.known or {}) | known.technologies
    common, clustered = set(known.technologies), set(labels)
    for source in sources:
        there = {name for name in names[source.name] if name is not None}
        if not common & there:
            raise ParameterError(
                f"{source.name!r} has none of the images that all entries before it have and whose technology is "
                "known. Compare entries of the same images."
            )
        common, clustered = common & there, clustered & there
    told = set(known.known or {}) if is_told else set()
    for source in sources:
        told |= {name for name, style in zip(names[source.name], source.told or [], strict=False) if name and style}
    left = sorted(common - told)
    technologies = {known.technologies[name] for name in left}
    if len(technologies) < 2:
        n_told = len(common & told)
        why = f", {n_told} more having been told to an entry" if n_told else ""
        raise ParameterError(
            f"A comparison needs images of at least two technologies. All entries have {len(left)} images of "
            f"{len(technologies)}{why}. Check the column of the technologies."
        )
    return _Scored(left, frozenset(clustered), len({labels[name] for name in clustered}), len(common & told))


def _find(
    source: Source,
    method: str,
    rows: list[int],
    names: list[str | None],
    known: KnownOfImages,
    n_clusters: int,
    random_state: int,
    progress: Progress | None,
) -> Found:
    """The clusters of a run, or those of a method on some images of a source, which have names."""
    if not method:
        assert source.labels is not None
        return Found(source.labels)
    doing = _describe(source, method)
    if progress is not None:
        progress(doing, 0, 0)
    asked = Asked(
        content=None if known.content is None else look_up(known.content, names),
        known=None if known.known is None else look_up(known.known, names),
        n_clusters=n_clusters,
        random_state=random_state,
        progress=None if progress is None else lambda done, total: progress(doing, done, total),
        files=tuple(None if name is None else known.images.get(name) for name in names),
    )
    table = source.load_table()
    try:
        return run_method(method, table if len(rows) == len(table.images) else table.select_images(rows), asked)
    except ForensicStyleError as error:
        raise ParameterError(f"{doing}: {error}") from error
