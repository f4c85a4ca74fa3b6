"""`embed`: features of a pretrained network as a table that other commands take like fingerprints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensic_style.cli.console import open_messages, open_results, print_reasons, show_path, show_progress
from forensic_style.cli.options import (
    Damaged,
    Force,
    Jobs,
    Megabytes,
    Megapixels,
    Seconds,
    read_rules,
)

if TYPE_CHECKING:
    from forensic_style.embedding import Preprocessing
    from forensic_style.manifest import InputImage
    from forensic_style.reading import ReadingRules
    from forensic_style.table import FingerprintTable


def embed_images(
    onnx: Annotated[Path, typer.Option("--onnx", metavar="MODEL", help="The network, in ONNX, with its weights.")],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="Image files, folders, or one manifest (.csv, .parquet); also s3://..."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.parquet", help="Table of the features.")] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A layer; may be given again. Default: the network's output."),
    ] = None,
    list_layers: Annotated[bool, typer.Option("--list-layers", help="Show the layers, and do nothing else.")] = False,
    pool: Annotated[
        str, typer.Option(metavar="WHAT", help="mean, deviation, gram, several joined by +, or all.")
    ] = "mean",
    crops: Annotated[
        str, typer.Option(metavar="WHERE", help="centre, or windows: those of the fingerprints, at full resolution.")
    ] = "centre",
    size: Annotated[
        str | None, typer.Option(metavar="N|ROWS,COLUMNS", help="Of the crop. Default: what the network takes, or 224.")
    ] = None,
    resize: Annotated[
        str, typer.Option(metavar="N|none|auto", help="Shorter side before the crop. Default: 256/224 of the crop.")
    ] = "auto",
    mean: Annotated[
        str | None, typer.Option(metavar="N,N,N", help="Subtracted from the channels. Default: torchvision's.")
    ] = None,
    scale: Annotated[str | None, typer.Option(metavar="N,N,N", help="Then divided by. Default: torchvision's.")] = None,
    maximum: Annotated[float, typer.Option(metavar="N", help="What white is before that: 1, or 255.")] = 1.0,
    channels: Annotated[str, typer.Option(metavar="ORDER", help="rgb, bgr or grey.")] = "rgb",
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the network, in columns. Default: the file's.")
    ] = None,
    jobs: Jobs = None,
    damaged: Damaged = "skip",
    max_megapixels: Megapixels = 500,
    max_megabytes: Megabytes = 4000,
    timeout: Seconds = 120,
    force: Force = False,
) -> None:
    """Measure features of a pretrained network, as a table that cluster and compare take like fingerprints."""
    if list_layers:
        _print_layers(onnx)
        return
    if not inputs or out is None:
        raise typer.BadParameter("Name the images (INPUT...) and the table (--out FILE.parquet), or --list-layers.")
    if out.suffix.lower() != ".parquet":
        raise typer.BadParameter(f"--out takes a name that ends in .parquet. Got {str(out)!r} instead.")
    rules = read_rules(damaged, max_megapixels, max_megabytes, timeout)
    how = _read_preprocessing(crops, size, resize, mean, scale, maximum, channels)
    from forensic_style.embedding.pooling import read_poolings
    from forensic_style.manifest import list_inputs
    from forensic_style.writing import check_file

    read_poolings(pool)
    unread = out.with_suffix(".skipped.csv")
    for file in (out, unread):
        check_file(file, force=force)
    images = list_inputs(inputs, leave_out=out)
    table = _embed(images, onnx, rules, layer=layer, preprocessing=how, pool=pool, name=name, jobs=jobs)
    _write(table, out, unread)


def _embed(
    images: Sequence[InputImage],
    model: Path,
    rules: ReadingRules,
    *,
    layer: list[str] | None,
    preprocessing: Preprocessing,
    pool: str,
    name: str | None,
    jobs: int | None,
) -> FingerprintTable:
    """The table, with a bar; Ctrl-C ends the command with a sentence and exit code 130."""
    from forensic_style.embedding import embed

    try:
        with show_progress(len(images)) as progress:
            return embed(
                images,
                model,
                layer=layer,
                preprocessing=preprocessing,
                pool=pool,
                name=name,
                jobs=jobs,
                progress=progress,
                rules=rules,
            )
    except KeyboardInterrupt:
        print("forensic-style: Interrupted while reading; nothing was written.", file=sys.stderr)
        raise typer.Exit(130) from None


def _write(table: FingerprintTable, out: Path, unread: Path) -> None:
    from forensic_style.errors import TableError
    from forensic_style.run import write_skipped

    unread.unlink(missing_ok=True)
    if table.skipped:
        write_skipped(table.skipped, unread)
    reasons = [image.reason for image in table.skipped]
    print_reasons(len(table.images), {reason: reasons.count(reason) for reason in set(reasons)}, unread)
    if not table.images:
        out.unlink(missing_ok=True)  # an older one, that was to be replaced
        raise TableError(
            f"None of the {len(table.skipped)} files could be measured ({', '.join(sorted(set(reasons)))}): "
            f"{show_path(unread)} says why."
        )
    table.save_file(out)
    console, about = open_messages(), table.about
    names = ", ".join(f"{family.name} ({family.dimension:,} columns)" for family in table.families)
    cost = f"{about['cpu_seconds_per_image']:.3f} s of a processor per image"
    console.print(f"Features  {names}\n{cost}\nTable  {show_path(out)}", markup=False, soft_wrap=True)


def _print_layers(model: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from forensic_style.embedding import list_layers

    rows = Table("layer", "module", "place", "operation", "shape", "", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for layer in list_layers(model):
        shape = "?" if layer.shape is None else " x ".join(str(length or "?") for length in layer.shape)
        names = (layer.name, layer.module, layer.place, layer.operation)
        rows.add_row(*map(Text, (*names, shape, "output" if layer.is_output else "")))
    open_results().print(rows)


def _read_preprocessing(
    crops: str, size: str | None, resize: str, mean: str | None, scale: str | None, maximum: float, channels: str
) -> Preprocessing:
    """The preprocessing asked for; what is not given stays at its default."""
    from forensic_style.embedding import Preprocessing
    from forensic_style.errors import ParameterError

    numbers = {name: _read_numbers(given, name) for name, given in (("mean", mean), ("scale", scale)) if given}
    try:
        return Preprocessing(
            size=None if size is None else _read_size(size),
            resize="auto" if resize == "auto" else None if resize == "none" else _read_length(resize, "resize"),
            maximum=maximum,
            channels=channels,  # type: ignore[arg-type]
            crops=crops,  # type: ignore[arg-type]
            **numbers,
        )
    except ParameterError as error:
        raise typer.BadParameter(str(error)) from error


def _read_size(size: str) -> int | tuple[int, int]:
    lengths = tuple(_read_length(part, "size") for part in size.split(","))
    if len(lengths) > 2:
        raise typer.BadParameter(f"--size takes a number of pixels, or rows and columns. Got {size!r} instead.")
    return lengths[0] if len(lengths) == 1 else (lengths[0], lengths[1])


def _read_length(text: str, option: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise typer.BadParameter(f"--{option} takes a whole number of pixels from 1 on. Got {text!r} instead.")
    return int(text)


def _read_numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--{option} takes numbers, separated by commas. Got {text!r} instead.") from None
