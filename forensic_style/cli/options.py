"""Arguments and options that several commands share, and the checks of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forensic_style.reading import ReadingRules

Inputs = Annotated[
    list[str],
    typer.Argument(metavar="INPUT", help="Image files, folders, or one manifest (.csv, .parquet); also s3://..."),
]
InputsOrTable = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="Image files, folders, or one manifest (.csv, .parquet); also s3://... Or what extract or embed wrote.",
    ),
]
Families = Annotated[
    str | None,
    typer.Option(metavar="NAME,...", help="Families, separated by commas. Default: all (cluster: all but optics)."),
]
Axis = Annotated[str, typer.Option(metavar="AXIS", help="all, acquisition or processing.")]
Windows = Annotated[
    str, typer.Option(metavar="auto|all", help="Measure up to 16 windows of each image, or all of it in windows.")
]
Jobs = Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads. Default: one per processor.")]
Damaged = Annotated[
    str, typer.Option(metavar="WHAT", help="Damaged and truncated files: skip them, or measure what is left of them.")
]
Megapixels = Annotated[
    float, typer.Option(metavar="N", help="Larger images are skipped, by their header, before they are decoded.")
]
Megabytes = Annotated[float, typer.Option(metavar="N", help="Larger files are skipped.")]
Seconds = Annotated[float, typer.Option(metavar="N", help="Files that take longer to read are skipped.")]
Engine = Annotated[
    str, typer.Option(metavar="threads|dask", help="Measure in threads of this machine, or on a Dask cluster.")
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Of the Dask scheduler, for --engine dask: tcp://host:8786.")
]
Sample = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="With more images than these a sample keeps its windows and is searched; the others follow. Default 6000.",
        show_default=False,
    ),
]
SAMPLE = 6000  # forensic_style.sampling.MOST_SEARCHED, without its imports
Force = Annotated[bool, typer.Option("--force", help="Replace an existing result.")]
Privacy = Annotated[
    bool,
    typer.Option(
        "--privacy",
        help="For sharing: no pictures, EXIF claims, folders or other columns. Names and SHA-256 of files stay.",
    ),
]


def read_number(clusters: str) -> int | None:
    """The number of clusters asked for; None for auto."""
    if clusters == "auto":
        return None
    if not clusters.isascii() or not clusters.isdigit() or int(clusters) == 0:
        raise typer.BadParameter(f"--clusters takes a whole number from 1 on, or auto. Got {clusters!r} instead.")
    return int(clusters)


def read_families(names: str | None, axis: str) -> list[str] | None:
    """The families named, separated by commas; None for all."""
    from forensic_style.errors import ParameterError
    from forensic_style.families import choose_families

    chosen = split_names(names)
    try:
        choose_families(chosen, axis=axis)
    except ParameterError as error:
        raise typer.BadParameter(str(error)) from error
    return chosen


def split_names(names: str | None) -> list[str] | None:
    """Names separated by commas; None where there are none."""
    return None if names is None else [name.strip() for name in names.split(",")]


def read_rules(damaged: str, megapixels: float, megabytes: float, seconds: float) -> ReadingRules:
    """Which files are read, and how long."""
    from forensic_style.reading.rules import ReadingRules

    for option, value in (("max-megapixels", megapixels), ("max-megabytes", megabytes), ("timeout", seconds)):
        if not 0 < value < float("inf"):
            raise typer.BadParameter(f"--{option} takes a number above 0. Got {value!r} instead.")
    if damaged not in ("skip", "measure"):
        raise typer.BadParameter(f"--damaged takes skip or measure. Got {damaged!r} instead.")
    return ReadingRules(
        most_pixels=max(1, round(megapixels * 1e6)),
        most_bytes=max(1, round(megabytes * 1e6)),
        seconds=seconds,
        damaged="measure" if damaged == "measure" else "skip",
    )


def check_windows(windows: str) -> None:
    """Make sure that the windows asked for are of a kind there is."""
    if windows not in ("auto", "all"):
        raise typer.BadParameter(f"--windows takes auto or all. Got {windows!r} instead.")
