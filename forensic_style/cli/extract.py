"""`extract`: fingerprints only."""

from __future__ import annotations

from typing import Annotated

import typer

from forensic_style.cli.console import open_messages, print_counts, show_path
from forensic_style.cli.measuring import Measuring, begin_engine, measure_into
from forensic_style.cli.options import (
    SAMPLE,
    Axis,
    Damaged,
    Engine,
    Families,
    Force,
    Inputs,
    Jobs,
    Megabytes,
    Megapixels,
    Sample,
    Scheduler,
    Seconds,
    Windows,
    check_windows,
    read_families,
    read_rules,
)


def extract_fingerprints(
    inputs: Inputs,
    out: Annotated[str, typer.Option(metavar="FOLDER", help="Folder for the fingerprints; also s3://...")],
    families: Families = None,
    axis: Axis = "all",
    windows: Windows = "auto",
    jobs: Jobs = None,
    engine: Engine = "threads",
    scheduler: Scheduler = None,
    sample: Sample = SAMPLE,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Measure fingerprints only, as Parquet. Given again, it measures what is new or has changed."""
    chosen = read_families(families, axis)
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    check_windows(windows)
    from forensic_style.manifest import list_inputs

    images = list_inputs(inputs, leave_out=out)
    how = Measuring(engine, scheduler, jobs, sample)
    with begin_engine(how, len(images)) as begun:
        from forensic_style.extraction import make_plan
        from forensic_style.run.measured import check_extraction, save_extraction

        plan = make_plan(chosen, axis=axis, windows=windows, rules=rules)
        check_extraction(out)
        begun.prepare(plan)
        with measure_into(out, images, plan, how, begun, force=force, keep_others=True) as store:
            save_extraction(store, out)
    print_counts(store.n_measured, store.reasons, out, n_known=store.n_known)
    open_messages().print(f"Fingerprints  {show_path(f'{out}/fingerprints')}", markup=False, soft_wrap=True)
