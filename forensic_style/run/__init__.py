"""The run folder: everything needed to explain a result, assign new images and draw the report again."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded where they are used: what only measures needs none of them
    from forensic_style.run.description import describe_run as describe_run
    from forensic_style.run.description import describe_table as describe_table
    from forensic_style.run.folder import Run as Run
    from forensic_style.run.folder import load_result as load_result
    from forensic_style.run.folder import load_run as load_run
    from forensic_style.run.folder import save_run as save_run
    from forensic_style.run.folder import save_table as save_table
    from forensic_style.run.folder import save_unread as save_unread
    from forensic_style.run.redrawing import check_report as check_report
    from forensic_style.run.redrawing import redraw_report as redraw_report
    from forensic_style.run.tables import read_hashes as read_hashes
    from forensic_style.run.tables import read_skipped as read_skipped
    from forensic_style.run.tables import write_clusters as write_clusters
    from forensic_style.run.tables import write_skipped as write_skipped
    from forensic_style.run.tables import write_table as write_table
    from forensic_style.writing import check_folder as check_folder

_HOMES = {
    "Run": "run.folder",
    "check_folder": "writing",
    "check_report": "run.redrawing",
    "describe_run": "run.description",
    "describe_table": "run.description",
    "load_result": "run.folder",
    "load_run": "run.folder",
    "read_hashes": "run.tables",
    "read_skipped": "run.tables",
    "redraw_report": "run.redrawing",
    "save_run": "run.folder",
    "save_table": "run.folder",
    "save_unread": "run.folder",
    "write_clusters": "run.tables",
    "write_skipped": "run.tables",
    "write_table": "run.tables",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"forensic_style.{_HOMES[name]}"), name)
