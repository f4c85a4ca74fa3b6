"""The report of a run drawn again, after a label or the cut of the tree was changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from forensic_style.errors import ParameterError, TableError
from forensic_style.privacy import hide_private
from forensic_style.report import draw_report
from forensic_style.result import ClusterResult
from forensic_style.run.description import describe_audit
from forensic_style.run.folder import Run
from forensic_style.run.relabelling import cut_by_hand
from forensic_style.writing import check_file, write_json, write_text

REPORT, AUDIT = "report.html", "audit.json"
OF_ALL = "alignments_of_all"  # in the audit.json of a large run: measured in all images, not in the sample
_HEAD = 4096  # bytes of a page in which its title is looked for
_TITLE = b"<title>Forensic style report"


def check_report(run: Run, out: str | os.PathLike[str] | None = None, *, force: bool = False) -> Path:
    """Make sure, before any work, that the report of a run can be written, and say where.

    The run's own report is replaced without `force`; any other file that is there needs it.

    Raises
    ------
    TableError, ParameterError
        where the file cannot be written, is no page, or must not be replaced.
    """
    own = run.folder / REPORT
    path = own if out is None else Path(out)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"The page {os.fspath(path)!r} needs a name that ends in .html.")
    return check_file(path, force=force or (_is_same(path, own) and _is_report(own)))


def redraw_report(
    run: Run,
    out: str | os.PathLike[str] | None = None,
    *,
    n_clusters: int | None = None,
    privacy: bool = False,
    force: bool = False,
) -> ClusterResult:
    """Draw the report of a run again, from its folder as it is now.

    Parameters
    ----------
    run : a run as `load_run` gives it
    out : file of the page; the run's own report where None. Then audit.json follows the clusters.csv of now as well
    n_clusters : cut the tree by hand; clusters.csv, audit.json and the model stay as they are
    privacy : draw it for sharing, see :func:`forensic_style.privacy.hide_private`; the run folder stays as it is
    force : replace a file that is no report of the run

    Returns
    -------
    ClusterResult, what the page shows.

    Raises
    ------
    TableError, ParameterError
        as :func:`check_report` and :attr:`Run.result`, where the tree cannot be cut so, or writing fails.
    """
    path = check_report(run, out, force=force)
    result = run.result
    shown = result if n_clusters is None else cut_by_hand(result, n_clusters)
    shown = hide_private(shown) if privacy else shown
    page = draw_report(shown)
    try:
        write_text(page, path)
        if n_clusters is None and _is_same(path, run.folder / REPORT):
            _follow(result, run.folder / AUDIT)
    except OSError as error:
        reason = error.strerror or error
        raise TableError(f"The page {os.fspath(path)!r} cannot be written: {reason}. Name another.") from error
    return shown


def _follow(result: ClusterResult, path: Path) -> None:
    """Write audit.json anew where it is not that of a result; what it says of all images of a large run stays."""
    audit = json.loads(json.dumps(describe_audit(result)))
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # gone or damaged: it is written anew
        before = {}
    kept = {name: before[name] for name in (OF_ALL,) if isinstance(before, dict) and name in before}
    if before != audit | kept:
        write_json(audit | kept, path)


def _is_same(path: Path, own: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(own)


def _is_report(path: Path) -> bool:
    """Whether a file is a report of this program."""
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return _TITLE in file.read(_HEAD)
