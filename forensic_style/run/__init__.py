"""The run folder: everything needed to explain a result, assign new images and draw the report again."""

from forensic_style.run.description import describe_run, describe_table
from forensic_style.run.folder import Run, load_result, load_run, save_run, save_table, save_unread
from forensic_style.run.redrawing import check_report, redraw_report
from forensic_style.run.tables import read_hashes, read_skipped, write_clusters, write_skipped, write_table
from forensic_style.writing import check_folder

__all__ = [
    "Run",
    "check_folder",
    "check_report",
    "describe_run",
    "describe_table",
    "load_result",
    "load_run",
    "read_hashes",
    "read_skipped",
    "redraw_report",
    "save_run",
    "save_table",
    "save_unread",
    "write_clusters",
    "write_skipped",
    "write_table",
]
