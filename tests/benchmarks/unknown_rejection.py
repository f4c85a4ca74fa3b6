"""A technology left out of a run, then assigned: how many of its images are told to belong to no cluster?

    python tests/benchmarks/unknown_rejection.py DATA
    python tests/benchmarks/unknown_rejection.py DATA/phones --false-alarms 0.01 --seeds 5 --without-contents

A data folder holds one or more `index*.csv` with the columns path, technology and (third) content; it may be named
itself, or lie in the folder that is named. Of the other technologies a third of the images is held out as well, by
content where there is one: so these are new images of known technologies that show new contents. The number of
clusters is given. Columns of the table, all in percent and means over the seeds:

    unknown      images of the technology left out that are told to belong to none
    alarms       images held out that are told so
    right        images held out that get the cluster in which most images of their technology are
    sure         their mean confidence, for those that get a cluster
    own          images of the run that get their own cluster back, found anew from their fingerprints
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from labelled_sets import LabelledSet, read_sets
from numpy.typing import NDArray

import forensic_style as fs
from forensic_style.placement.assignment import FALSE_ALARMS, Assignment, assign
from forensic_style.placement.matching import learn_members

HELD_OUT = 1 / 3


@dataclass(frozen=True)
class Rates:
    """Shares of images, 0..1; see the head of this file."""

    name: str
    technology: str
    unknown: float
    alarms: float
    right: float
    sure: float
    own: float

    @property
    def numbers(self) -> list[float]:
        return [self.unknown, self.alarms, self.right, self.sure, self.own]


def main() -> None:
    arguments = _read_arguments()
    print(f"{'set':30} {'left out':24} unknown alarms  right   sure    own", flush=True)
    found: list[Rates] = []
    for given in read_sets(arguments.data):
        for technology in sorted(set(given.technologies)):
            if len(set(given.technologies)) > 1:
                found.append(measure(given, technology, arguments))
                print(format_rates(found[-1]), flush=True)
    if not found:
        sys.exit(f"{arguments.data} holds no index*.csv with two technologies. Name a folder of folders with one.")
    for rates in [*group(found), average(found, "all", "mean")]:
        print(format_rates(rates))


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with index*.csv, or folder of such folders")
    parser.add_argument("--false-alarms", type=float, default=FALSE_ALARMS, metavar="RATE")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="which images are held out")
    parser.add_argument("--without-contents", action="store_true", help="do not tell the run what images show")
    return parser.parse_args()


def measure(given: LabelledSet, technology: str, arguments: argparse.Namespace) -> Rates:
    """Mean rates over the seeds."""
    runs = [
        leave_out(given, technology, seed, told=not arguments.without_contents, false_alarms=arguments.false_alarms)
        for seed in range(arguments.seeds)
    ]
    return average(runs, given.name, technology)


def leave_out(given: LabelledSet, technology: str, seed: int, *, told: bool, false_alarms: float) -> Rates:
    """Cluster without a technology and without some images of the others, then assign all."""
    held_out, left_out = hold_out(given, seed), np.array(given.technologies) == technology
    known = given.select(np.flatnonzero(~left_out & ~held_out), "known")
    content = known.contents if told else None
    result = fs.cluster(known.table, content=content, n_clusters=len(set(known.technologies)))
    model = learn_members(result.model, result.table, result.labels, content=content)
    parts: dict[str, Assignment] = {}
    for name, chosen in {"old": ~left_out & ~held_out, "new": ~left_out & held_out, "unknown": left_out}.items():
        part = given.select(np.flatnonzero(chosen), name)
        parts[name] = assign(
            model, part.table, content=_give_contents(given, chosen) if told else None, false_alarms=false_alarms
        )
    home = _name_homes(known.technologies, result.labels)
    truth = [home[name] for name in np.array(given.technologies)[~left_out & held_out]]
    new, placed = parts["new"], parts["new"].clusters >= 0
    return Rates(
        name=given.name,
        technology=technology,
        unknown=float((parts["unknown"].clusters == -1).mean()),
        alarms=float((~placed).mean()),
        right=float((new.clusters == truth).mean()),
        sure=float(new.confidences[placed].mean()) if placed.any() else float("nan"),
        own=float((parts["old"].clusters == result.labels).mean()),
    )


def hold_out(given: LabelledSet, seed: int) -> NDArray[np.bool_]:
    """A third of the contents, or of the images of each technology where there are none."""
    random = np.random.default_rng(seed)
    if given.contents is not None:
        contents = sorted(set(given.contents))
        chosen = random.permutation(contents)[: max(1, round(len(contents) * HELD_OUT))]
        return np.isin(given.contents, chosen)
    held_out = np.zeros(len(given.technologies), dtype=bool)
    for technology in sorted(set(given.technologies)):
        places = random.permutation(np.flatnonzero(np.array(given.technologies) == technology))
        held_out[places[: max(1, round(len(places) * HELD_OUT))]] = True
    return held_out


def _give_contents(given: LabelledSet, chosen: NDArray[np.bool_]) -> list[str] | None:
    return None if given.contents is None else [given.contents[number] for number in np.flatnonzero(chosen)]


def _name_homes(technologies: list[str], labels: NDArray[np.intp]) -> dict[str, int]:
    """The cluster in which most images of each technology are."""
    homes = {}
    for technology in set(technologies):
        inside = [int(label) for name, label in zip(technologies, labels, strict=True) if name == technology]
        homes[technology] = Counter(inside).most_common(1)[0][0]
    return homes


def average(rates: list[Rates], name: str, technology: str) -> Rates:
    """Means, under another name."""
    return Rates(name, technology, *np.nanmean([one.numbers for one in rates], axis=0).tolist())


def format_rates(rates: Rates) -> str:
    """One row of the table."""
    return f"{rates.name:30} {rates.technology:24}" + "".join(f"{100 * number:7.1f}" for number in rates.numbers)


def group(found: list[Rates]) -> Iterator[Rates]:
    """Means of each set."""
    for name in dict.fromkeys(one.name for one in found):
        yield average([one for one in found if one.name == name], name, "mean")


if __name__ == "__main__":
    main()
