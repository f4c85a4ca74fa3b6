"""What the parts of a store hold, without their values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forensic_style.parquet import PartHeader, list_parts, read_columns
from forensic_style.places import Place
from forensic_style.sampling import MEAN_ROW
from forensic_style.table import FamilyRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """One image in one part: whether it is there with its windows, in which of the wanted families, and its labels."""

    part: str
    sha256: bytes
    has_windows: bool
    families: frozenset[str]
    labels: str
    n_pixels: int


@dataclass(frozen=True)
class Index:
    """Where images are.

    Parameters
    ----------
    entries : of every path; more than one where a file was measured again and the older rows are still there
    sizes : number of images and of rows of every part
    headers : of every part
    """

    entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    headers: dict[str, PartHeader] = field(default_factory=dict)

    def find(self, path: str, *, sha256: bytes | None = None) -> Entry | None:
        """The entry of a path with the most families, and with windows if there is one; None for none."""
        fitting = [entry for entry in self.entries.get(path, ()) if sha256 in (None, entry.sha256)]
        return max(fitting, key=_rank, default=None)

    def list_all(self) -> Iterator[tuple[str, Entry]]:
        """Every path with every entry."""
        for path, entries in self.entries.items():
            for entry in entries:
                yield path, entry


def _rank(entry: Entry) -> tuple[int, bool, str]:
    return len(entry.families), entry.has_windows, entry.part


def read_index(place: Place, families: Sequence[FamilyRecord]) -> Index:
    """Read which images the parts of a place hold in the present versions of some families."""
    index = Index()
    for name in list_parts(place):
        header, columns = read_columns(
            place, name, ["path", "sha256", "labels", "image_height", "image_width", "window"]
        )
        there = frozenset(family.name for family in header.families if family in families)
        paths = columns["path"].to_pylist()
        hashes, windows = columns["sha256"].to_pylist(), columns["window"].to_numpy()
        labels = [sys.intern(text) for text in columns["labels"].to_pylist()]
        n_pixels = columns["image_height"].to_numpy().astype(int) * columns["image_width"].to_numpy()
        starts = [row for row in range(len(paths)) if row == 0 or paths[row] != paths[row - 1]]
        for row in starts:
            entry = Entry(
                name, bytes.fromhex(hashes[row]), bool(windows[row] != MEAN_ROW), there, labels[row], int(n_pixels[row])
            )
            index.entries[paths[row]] = (*index.entries.get(paths[row], ()), entry)
        index.sizes[name] = (len(starts), len(paths))
        index.headers[name] = header
    return index


def find_difference(header: PartHeader, settings: Mapping[str, str]) -> str:
    """How a part was measured otherwise than these settings say, in words; "" where it was not."""
    if not header.settings:
        return "it does not say how it was measured"
    differing = [name for name in settings if header.settings.get(name) != settings[name]]
    return " and ".join(f"{name}={header.settings.get(name)} instead of {settings[name]}" for name in differing)
