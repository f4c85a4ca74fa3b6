"""`cluster` of a table in place of images: what `embed` or `extract` wrote."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensic_style.cli.console import print_counts
from forensic_style.cli.summary import print_summary

if TYPE_CHECKING:
    from forensic_style.large import LargeFigures
    from forensic_style.result import ClusterResult
    from forensic_style.table import FingerprintTable


@dataclass(frozen=True)
class Asked:
    """What is asked of the images of a table; as the options of `cluster`."""

    content: str | None
    is_content_from_folders: bool
    known: str | None
    covariates: Sequence[str]
    n_clusters: int | None
    families: list[str] | None
    axis: str
    sample: int
    privacy: bool


def cluster_table(location: str, out: str, asked: Asked, *, force: bool) -> None:
    """Cluster the images of a table, and write the run."""
    from forensic_style.manifest import FOLDERS
    from forensic_style.privacy import hide_table
    from forensic_style.run import save_unread
    from forensic_style.run.given import load_given
    from forensic_style.run.publishing import check_output, write_locally

    start = time.perf_counter()
    check_output(out, force=force)
    table = load_given(location)
    reading = time.perf_counter() - start
    settings = {
        "inputs": [location],
        "content": FOLDERS if asked.is_content_from_folders else asked.content,
        "covariates": ", ".join(asked.covariates) or 0,
        "axis": asked.axis,
        "sample": asked.sample,
    }
    with write_locally(out) as folder:
        if not table.images:
            save_unread(hide_table(table) if asked.privacy else table, folder, force=force, is_private=asked.privacy)
        search = _search if len(table.images) <= asked.sample else _search_many
        found = search(table, asked, folder, settings, reading)
    print_counts(len(table.images), Counter(image.reason for image in table.skipped), out)
    print_summary(*found, out, reading=reading, total=time.perf_counter() - start)


def _search(
    table: FingerprintTable, asked: Asked, folder: Path, settings: dict[str, Any], reading: float
) -> tuple[ClusterResult, LargeFigures | None]:
    from forensic_style.arguments import read_numbers
    from forensic_style.pipeline import cluster
    from forensic_style.privacy import hide_private
    from forensic_style.run import save_run

    result = cluster(
        table,
        content=_read_content(table, asked),
        covariates=read_numbers(table, asked.covariates),
        known=asked.known,
        n_clusters=asked.n_clusters,
        families=asked.families,
        axis=asked.axis,
    )
    result = _complete(result, settings, reading)
    result = hide_private(result) if asked.privacy else result
    save_run(result, folder, force=True)
    return result, None


def _search_many(
    table: FingerprintTable, asked: Asked, folder: Path, settings: dict[str, Any], reading: float
) -> tuple[ClusterResult, LargeFigures]:
    """By a sample, where there is too much to be searched at once."""
    from forensic_style.errors import ParameterError
    from forensic_style.large import TableSource, cluster_many
    from forensic_style.run.large import save_large

    if asked.privacy:
        raise ParameterError(
            f"--privacy is for up to {asked.sample:,} files, and there are {len(table.images):,}. Leave it out, or let "
            f"all of them be searched (--sample {len(table.images)})."
        )
    result = cluster_many(
        TableSource(table, most=asked.sample),
        content=_read_content(table, asked),
        known=asked.known,
        covariates=asked.covariates,
        n_clusters=asked.n_clusters,
        families=asked.families,
        axis=asked.axis,
    )
    result = replace(result, sample=_complete(result.sample, settings, reading))
    save_large(result, folder, force=True)
    return result.sample, result.figures


def _read_content(table: FingerprintTable, asked: Asked) -> str | Mapping[str, str] | None:
    from forensic_style.manifest import InputImage, name_folders

    if not asked.is_content_from_folders:
        return asked.content
    images = [InputImage(path, path) for path in table.paths]
    return dict(zip(table.paths, name_folders(images), strict=True))


def _complete(result: ClusterResult, settings: dict[str, Any], reading: float) -> ClusterResult:
    return replace(
        result, settings={**result.settings, **settings}, timings={"reading": round(reading, 3), **result.timings}
    )
