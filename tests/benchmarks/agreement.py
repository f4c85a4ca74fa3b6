"""Agreement with known technologies on every folder of a data directory.

    python tests/benchmarks/agreement.py data_samples
    python tests/benchmarks/agreement.py DATA --without sketch --save agreement.csv
    python tests/benchmarks/agreement.py DATA/phones --without-family jpeg_structure
    python tests/benchmarks/agreement.py DATA/paintings --crop 144

A data folder holds one or more `index*.csv` with the columns path, technology and (third) content; it may be named
itself, or lie in the folder that is named. What the columns of the table mean is said in `scores.py`.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from labelled_sets import LabelledSet, read_sets
from scores import HEADER, Score, format_means, format_score, save_scores, score_set


def main() -> None:
    arguments = _read_arguments()
    if arguments.save and arguments.save.exists():
        sys.exit(f"{arguments.save} exists already. Name another file, or delete it.")
    print(HEADER)
    scores: list[Score] = []
    for given in read_sets(arguments.data, side=arguments.crop):
        variants = [given.drop(name) for name in arguments.without if name in given.technologies]
        for variant in [given, *variants]:
            scores.append(score_set(variant, families=_choose_families(variant, arguments)))
            print(format_score(scores[-1]), flush=True)
    if not scores:
        sys.exit(f"{arguments.data} holds no index*.csv, nor does a folder in it. Name a folder of folders with one.")
    print(format_means(scores))
    if arguments.save:
        save_scores(scores, arguments.save)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with index*.csv, or folder of such folders")
    parser.add_argument(
        "--without", metavar="TECHNOLOGY", action="append", default=[], help="measure also without it; may be repeated"
    )
    parser.add_argument("--crop", type=int, metavar="SIDE", help="crop all images to a square of this side in pixels")
    parser.add_argument("--families", metavar="A,B,...", help="those that take part")
    parser.add_argument(
        "--without-family", metavar="NAME", action="append", default=[], help="not this one; may be repeated"
    )
    parser.add_argument("--save", type=Path, metavar="FILE.csv", help="write the table as CSV as well")
    return parser.parse_args()


def _choose_families(given: LabelledSet, arguments: argparse.Namespace) -> list[str] | None:
    """The families that take part; None for those that `cluster` takes by itself."""
    if arguments.families:
        return [name for name in arguments.families.split(",") if name not in arguments.without_family]
    if not arguments.without_family:
        return None
    usual = [family.name for family in given.table.families if family.sees != "image"]
    return [name for name in usual if name not in arguments.without_family]


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
