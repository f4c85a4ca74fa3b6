"""Images on their way into parts: through a journal where the place is a folder here, in memory elsewhere."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from forensic_style.measuring import MeasuredImage, join_measured
from forensic_style.parquet import PART_BYTES, write_parts
from forensic_style.places import Folder, Place
from forensic_style.store.codec import decode_outcome, encode_outcome
from forensic_style.store.journal import Journal, read_journal
from forensic_style.table import FamilyRecord

JOURNAL = "journal-"
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
        self._since = time.monotonic()

    def recover(self, families: Sequence[FamilyRecord]) -> None:
        """Bring the journals that interrupted processes left into parts."""
        if not isinstance(self.place, Folder):
            return
        self.place.clear_unfinished()
        known = {family.name: family for family in families}
        for name in self.place.list():
            if not name.startswith(JOURNAL):
                continue
            found = _read_images(self.place, name)
            for names in sorted({image.families for image in found if set(image.families) <= set(known)}):
                images = [image for image in found if image.families == names]
                self._write_parts(images, [known[name] for name in names])
            self.place.delete(name)

    def add(self, image: MeasuredImage, families: Sequence[FamilyRecord]) -> None:
        """Keep an image that was measured in these families."""
        if isinstance(self.place, Folder):
            if self._journal is None:
                self._journal = Journal(self.place.path / f"{JOURNAL}{secrets.token_hex(8)}")
            self._journal.append(encode_outcome(image))
        else:
            self._waiting.append(image)
        self._n_bytes += image.values.nbytes
        is_late = self._journal is None and time.monotonic() - self._since > SECONDS_PER_PART
        if self._n_bytes > PART_BYTES or is_late:
            self.seal(families)

    def seal(self, families: Sequence[FamilyRecord]) -> None:
        """Bring what was measured since the last part into one."""
        if self._journal is not None and isinstance(self.place, Folder):
            self._journal.close()
            self._write_parts(_read_images(self.place, self._journal.path.name), families)
            self.place.delete(self._journal.path.name)
            self._journal = None
        else:
            self._write_parts(self._waiting, families)
            self._waiting = []
        self._n_bytes = 0

    def close(self) -> None:
        """End writing; what is in the journal stays there."""
        if self._journal is not None:
            with suppress(OSError):  # it is read up to its last whole record
                self._journal.close()

    def _write_parts(self, images: Sequence[MeasuredImage], families: Sequence[FamilyRecord]) -> None:
        if not images:
            return
        names = write_parts(self.place, join_measured(images, (), families), self.settings)
        now = time.monotonic()
        if self._on_part is not None:
            self._on_part(PartWritten(" ".join(names), len(images), round(now - self._since, 3)))
        self._since = now


def _read_images(place: Folder, name: str) -> list[MeasuredImage]:
    outcomes = (decode_outcome(record) for record in read_journal(place.path / name))
    return [outcome for outcome in outcomes if isinstance(outcome, MeasuredImage)]
