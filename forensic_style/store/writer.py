"""Images on their way into parts: through a journal where the place is a folder here, in memory elsewhere."""

from __future__ import annotations

import secrets
import struct
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from forensic_style.measuring import MeasuredImage, join_measured
from forensic_style.parquet import PART_BYTES, PartHeader, decode_header, encode_header, write_parts
from forensic_style.places import Folder, Place
from forensic_style.store.codec import decode_outcome, encode_outcome
from forensic_style.store.journal import Journal, read_journal
from forensic_style.table import FamilyRecord

JOURNAL = "journal-"
UNREADABLE = ".unreadable"
FIRST_BYTES = 1 << 20  # of values in the first part: a place that takes no parts is found out soon
SECONDS_PER_PART = 60.0  # on object storage, which has no journal: what is measured waits no longer


@dataclass(frozen=True, slots=True)
class PartWritten:
    """What the log says of a part: its name, number of images, and what it took since the part before."""

    name: str
    n_images: int
    seconds: float


class PartWriter:
    """Write images as they come, and parts when there are enough of them.

    Parameters
    ----------
    place : of the parts
    settings : how images are measured
    on_part : called for every part written
    """

    def __init__(
        self, place: Place, settings: Mapping[str, str], on_part: Callable[[PartWritten], None] | None = None
    ) -> None:
        self.place = place
        self.settings = settings
        self._on_part = on_part
        self._journal: Journal | None = None
        self._waiting: list[MeasuredImage] = []  # where there is no journal
        self._n_bytes = 0
        self._most_bytes = min(FIRST_BYTES, PART_BYTES)
        self._since = time.monotonic()

    def recover(self) -> None:
        """Bring the journals that interrupted processes left into parts, which say how they were measured."""
        if not isinstance(self.place, Folder):
            return
        self.place.clear_unfinished()
        for name in self.place.list():
            if not name.startswith(JOURNAL) or name.endswith(UNREADABLE):
                continue
            try:
                settings, families, found = _read_images(self.place, name)
            except (ValueError, KeyError, TypeError, struct.error):
                self.place.rename(name, name + UNREADABLE)
                message = f"{self.place}: {name} cannot be read, and is left aside as {name}{UNREADABLE}."
                warnings.warn(f"{message} Its images are measured again.", stacklevel=2)
                continue
            self._write_parts(found, families, settings)
            self.place.delete(name)

    def add(self, image: MeasuredImage, families: Sequence[FamilyRecord]) -> None:
        """Keep an image that was measured in these families."""
        if self._n_bytes and self._n_bytes + image.values.nbytes > self._most_bytes:
            self.seal(families)
        if isinstance(self.place, Folder):
            if self._journal is None:
                self._journal = Journal(self.place.path / f"{JOURNAL}{secrets.token_hex(8)}")
                self._journal.append(encode_header(PartHeader(tuple(families), self.settings)))
            self._journal.append(encode_outcome(image))
        else:
            self._waiting.append(image)
        self._n_bytes += image.values.nbytes
        is_late = self._journal is None and time.monotonic() - self._since > SECONDS_PER_PART
        if is_late:
            self.seal(families)

    def seal(self, families: Sequence[FamilyRecord]) -> None:
        """Bring what was measured since the last part into one."""
        if self._journal is not None and isinstance(self.place, Folder):
            self._journal.close()
            self._write_parts(_read_images(self.place, self._journal.path.name)[2], families)
            self.place.delete(self._journal.path.name)
            self._journal = None
        else:
            self._write_parts(self._waiting, families)
            self._waiting = []
        self._n_bytes = 0
        self._most_bytes = PART_BYTES

    def close(self) -> None:
        """End writing; what is in the journal stays there."""
        if self._journal is not None:
            with suppress(OSError):  # it is read up to its last whole record
                self._journal.close()

    def _write_parts(
        self,
        images: Sequence[MeasuredImage],
        families: Sequence[FamilyRecord],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        if not images:
            return
        names = write_parts(self.place, join_measured(images, (), families), settings or self.settings)
        now = time.monotonic()
        if self._on_part is not None:
            self._on_part(PartWritten(" ".join(names), len(images), round(now - self._since, 3)))
        self._since = now


def _read_images(place: Folder, name: str) -> tuple[Mapping[str, str], Sequence[FamilyRecord], list[MeasuredImage]]:
    """How the images of a journal were measured, in which families, and what came out."""
    records = read_journal(place.path / name)
    head = next(records, None)
    if head is None:  # the process ended before anything was measured
        return {}, (), []
    header = decode_header(head)
    outcomes = [decode_outcome(record) for record in records]
    return header.settings, header.families, [one for one in outcomes if isinstance(one, MeasuredImage)]
