"""`extract`: fingerprints only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensic_style.cli.console import measure_images, open_messages, print_counts, show_path
from forensic_style.cli.options import (
    Axis,
    Damaged,
    Families,
    Force,
    Inputs,
    Jobs,
    Megabytes,
    Megapixels,
    Seconds,
    Windows,
    check_windows,
    read_families,
    read_rules,
)


def extract_fingerprints(
    inputs: Inputs,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the fingerprints.")],
    families: Families = None,
    axis: Axis = "all",
    windows: Windows = "auto",
    jobs: Jobs = None,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Measure fingerprints only, as Parquet."""
    chosen = read_families(families, axis)
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    check_windows(windows)
    from forensic_style.manifest import list_inputs
    from forensic_style.run import check_folder, save_table

    check_folder(out, force=force)
    images = list_inputs(inputs, leave_out=out)
    table = measure_images(images, rules, families=chosen, axis=axis, windows=windows, jobs=jobs)
    save_table(table, out, force=force)
    print_counts(table, out)
    open_messages().print(f"Fingerprints  {show_path(out / 'fingerprints')}", markup=False, soft_wrap=True)
