"""Images with known technologies: read from folders with an index, cropped, restricted, and drawn with a dependence."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import forensic_style as fs

STEPS = 401  # shares tried in search of a dependence


@dataclass(frozen=True)
class LabelledSet:
    """Fingerprints with the truth: technology and content of each image; no content where there is one at most."""

    name: str
    table: fs.FingerprintTable
    technologies: list[str]
    contents: list[str] | None

    def select(self, chosen: Sequence[int], name: str) -> LabelledSet:
        """The same with some images only, under another name."""
        contents = None if self.contents is None else [self.contents[number] for number in chosen]
        technologies = [self.technologies[number] for number in chosen]
        if contents is not None and len(set(contents)) < 2:
            contents = None
        return LabelledSet(name, self.table.select_images(chosen), technologies, contents)

    def drop(self, technology: str) -> LabelledSet:
        """The same without the images of one technology."""
        kept = [number for number, name in enumerate(self.technologies) if name != technology]
        return self.select(kept, f"{self.name} -{technology}")

    def keep(self, technology: str) -> LabelledSet:
        """The images of one technology alone."""
        kept = [number for number, name in enumerate(self.technologies) if name == technology]
        return self.select(kept, f"{self.name} {technology} only")


def read_sets(data: Path, *, side: int | None = None) -> Iterator[LabelledSet]:
    """Every `index*.csv` of every folder of a folder (or of the folder itself), measured once for each folder.

    The columns are path, technology and (third) content.

    Parameters
    ----------
    data : folder
    side : images are cropped to this side in pixels, in their middle; smaller ones are left out
    """
    folders = sorted({index.parent for pattern in ("index*.csv", "*/index*.csv") for index in data.glob(pattern)})
    for folder in folders:
        table = _extract(folder / "index.csv", side)
        for index in sorted(folder.glob("index*.csv")):
            yield _match(table, index, f"{folder.name}/{index.stem}")


def _match(table: fs.FingerprintTable, index: Path, name: str) -> LabelledSet:
    """The images of an index, in the order of their paths."""
    rows = {row["path"]: row for row in read_index(index)}
    column = list(next(iter(rows.values())))[2]
    chosen = [number for number, path in enumerate(table.paths) if path in rows]
    paths = [table.paths[number] for number in chosen]
    contents = [rows[path][column] for path in paths]
    technologies = [rows[path]["technology"] for path in paths]
    return LabelledSet(name, table.select_images(chosen), technologies, contents if len(set(contents)) > 1 else None)


def read_index(index: Path) -> list[dict[str, str]]:
    """The rows of an index."""
    with open(index, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _extract(index: Path, side: int | None) -> fs.FingerprintTable:
    if side is None:
        return fs.extract(index)
    with tempfile.TemporaryDirectory() as folder:
        cropped = _crop_images(index, Path(folder), side)
        return fs.extract(cropped)


def _crop_images(index: Path, folder: Path, side: int) -> Path:
    """Write the middles of the images as PNG files of the same numbers of bits and channels, and their index."""
    rows = read_index(index)
    kept = []
    for row in rows:
        picture = cv2.imread(str(index.parent / row["path"]), cv2.IMREAD_UNCHANGED)
        if picture is not None and min(picture.shape[:2]) >= side:
            top, left = ((length - side) // 2 for length in picture.shape[:2])
            target = folder / row["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            encoded = cv2.imencode(".png", picture[top : top + side, left : left + side])[1]
            target.write_bytes(encoded.tobytes())  # PNG whatever its name says: the path stays the index's
            kept.append(row)
    if len(kept) < len(rows):
        print(f"{index}: {len(rows) - len(kept)} images are smaller than {side}, left out", file=sys.stderr)
    with open(folder / "index.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return folder / "index.csv"


def plan_counts(room: NDArray[np.intp], n_images: int, dependence: float) -> NDArray[np.intp]:
    """How many images of each technology (rows) show each content (columns), for a wanted dependence of the two.

    A share of the images is spread evenly over all pairs, the rest lies on one content per technology (or the reverse,
    where there are more contents). Of many shares the one is taken whose whole numbers come nearest, and one image is
    moved where that helps.

    Parameters
    ----------
    room : integer array, shape (n_technologies, n_contents), images that there are
    n_images : wanted; fewer are drawn where there are too few of a pair
    dependence : 0..1, see :func:`measure_mutual`

    Returns
    -------
    integer array of the shape of `room`, not above it.

    >>> plan_counts(np.full((2, 2), 9), 20, 1.0)
    array([[9, 0],
           [0, 9]])
    >>> plan_counts(np.full((2, 2), 9), 20, 0.0)
    array([[5, 5],
           [5, 5]])
    """
    n_technologies, n_contents = room.shape
    pairs = np.arange(max(room.shape))
    alone = np.zeros(room.shape)
    alone[pairs % n_technologies, pairs % n_contents] = 1 / len(pairs)
    even = np.full(room.shape, 1 / room.size)
    plans = [_fit_counts((1 - share) * even + share * alone, room, n_images) for share in np.linspace(0, 1, STEPS)]
    nearest = min(plans, key=lambda counts: abs(measure_mutual(counts) - dependence))
    return min([nearest, *_move_one(nearest, room)], key=lambda counts: abs(measure_mutual(counts) - dependence))


def _move_one(counts: NDArray[np.intp], room: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """The same counts with one image moved from one pair to another, in every way that there is room for."""
    for source in np.argwhere(counts > 0):
        for target in np.argwhere(counts < room):
            moved = counts.copy()
            moved[tuple(source)] -= 1
            moved[tuple(target)] += 1
            yield moved


def _fit_counts(shares: NDArray[np.float64], room: NDArray[np.intp], n_images: int) -> NDArray[np.intp]:
    """Whole numbers next to shares of the images, or of as many as the room allows for."""
    present = shares > 1e-9
    fitting = float(np.min(room[present] / shares[present]))
    return np.minimum(round_shares(shares, int(min(n_images, fitting + 1e-9))), room)


def round_shares(shares: NDArray[np.float64], total: int) -> NDArray[np.intp]:
    """Whole numbers of a given sum next to shares of it; the largest remainders are rounded up."""
    exact = shares * total
    counts = np.floor(exact + 1e-9).astype(np.intp)
    remainders = (exact - counts).ravel()
    up = np.argsort(-remainders, kind="stable")[: total - int(counts.sum())]
    counts.ravel()[up] += 1
    return counts


def measure_mutual(counts: NDArray[np.floating] | NDArray[np.intp]) -> float:
    """Mutual information of rows and columns over the smaller of their entropies, 0..1.

    1 where either decides the other. With as many technologies as contents, all equally frequent, it is the normalized
    mutual information by whichever mean.
    """
    joint = np.asarray(counts, dtype=np.float64) / np.sum(counts)
    entropies = [_measure_entropy(joint.sum(axis=axis)) for axis in (0, 1)]
    mutual = sum(entropies) - _measure_entropy(joint.ravel())
    return max(0.0, mutual) / min(entropies) if min(entropies) > 0 else 0.0


def _measure_entropy(shares: NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log(present)).sum())


def draw_dependent(
    pool: LabelledSet, contents: Sequence[str], *, n_images: int, dependence: float, random: np.random.Generator
) -> LabelledSet:
    """Draw images such that technology and content depend on each other as wanted, whichever pairs go together."""
    technologies, rows = np.unique(pool.technologies, return_inverse=True)
    shown, columns = np.unique(np.asarray(contents), return_inverse=True)
    rows = random.permutation(len(technologies))[rows]
    columns = random.permutation(len(shown))[columns]
    room = np.zeros((len(technologies), len(shown)), dtype=np.intp)
    np.add.at(room, (rows, columns), 1)
    counts = plan_counts(room, n_images, dependence)
    chosen: list[int] = []
    for row, column in np.argwhere(counts > 0):
        there = np.flatnonzero((rows == row) & (columns == column))
        chosen += random.choice(there, counts[row, column], replace=False).tolist()
    drawn = LabelledSet(pool.name, pool.table, pool.technologies, list(contents))
    return drawn.select(sorted(chosen), pool.name)
