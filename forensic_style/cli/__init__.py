"""The command line: arguments in, files and a summary out, exit code.

One module per command. The library is imported inside each command, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
import warnings

import typer

from forensic_style.cli import assign, cluster, compare, embed, evaluate, extract, families, inspect, report, suggest

app = typer.Typer(
    name="forensic-style",
    help="Cluster images by the technology that made them, whatever they show.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _commands() -> None:
    """Keep the commands as commands even where there is only one."""


app.command("cluster")(cluster.cluster_images)
app.command("extract")(extract.extract_fingerprints)
app.command("embed")(embed.embed_images)
app.command("inspect")(inspect.inspect_image)
app.command("assign")(assign.assign_images)
app.command("evaluate")(evaluate.evaluate_run)
app.command("compare")(compare.compare_entries)
app.command("report")(report.redraw)
app.command("suggest")(suggest.suggest_images)
app.command("families")(families.list_families)


def main() -> None:
    """Run the command; errors on purpose become one line on stderr and exit code 1."""
    from forensic_style.errors import ForensicStyleError

    with warnings.catch_warnings():
        warnings.showwarning = _print_warning
        try:
            app()
        except ForensicStyleError as error:
            print(f"forensic-style: {' '.join(str(error).split())}", file=sys.stderr)
            raise SystemExit(1) from None


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"! {message}", file=sys.stderr)
