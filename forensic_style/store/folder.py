"""FingerprintStore: what is measured is kept as it comes, found again, and read back as a table."""

from __future__ import annotations

import json
import os
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from forensic_style.errors import StorageError, TableError
from forensic_style.families import CATALOGUE
from forensic_style.manifest import InputImage
from forensic_style.measuring import (
    Expected,
    KnownImage,
    MeasuredImage,
    Outcome,
    Plan,
    Task,
    average_measured,
    join_measured,
)
from forensic_style.parquet import list_parts, read_columns, read_header, read_image_records, read_part
from forensic_style.places import Folder, open_place
from forensic_style.sampling import choose_share, is_sampled
from forensic_style.store.index import Entry, Index, find_difference, read_index
from forensic_style.store.lock import lock_folder
from forensic_style.store.rows import join_families, take_image, tidy_parts
from forensic_style.store.writer import PartWriter, PartWritten
from forensic_style.table import FamilyRecord, FingerprintTable, ImageRecord, SkippedImage

PARTS_AT_HAND = 8  # parts held in memory while images are read in the order of their paths


class FingerprintStore:
    """A folder of fingerprints that grows. Use it as a context manager; one process writes at a time.

    Every image is written to a journal the moment it is measured. Journals become Parquet parts of a bounded size,
    whose names come from their content. So a process may end at any moment, and parts of several machines may be
    copied into one folder. Images are known again by path and SHA-256, or after a move by SHA-256 alone.

    Parameters
    ----------
    location : the folder, or a place on object storage. There a sudden end costs the last minute
    plan : what to measure. Families that the folder has in their present versions join it, so that all its images have
        the same
    renew : whether parts that were measured otherwise are removed
    on_part : called for every part written

    Raises
    ------
    TableError
        where another process writes there, or parts were measured otherwise and `renew` is not set.
    StorageError
        where it cannot be written; what is there is kept.
    """

    def __init__(
        self,
        location: str | os.PathLike[str],
        plan: Plan,
        *,
        renew: bool = False,
        on_part: Callable[[PartWritten], None] | None = None,
    ) -> None:
        self.place = open_place(location)
        self.asked = [family.name for family in plan.families]
        self.plan = plan
        self.settings = {"windows": "all" if plan.everything else "auto", "damaged": plan.rules.damaged}
        self.skipped: dict[str, SkippedImage] = {}
        self.reasons: Counter[str] = Counter()
        self.n_known = 0
        self._renew = renew
        self._writer = PartWriter(self.place, self.settings, on_part)
        self._index = Index()
        self._measured: dict[str, bytes] = {}
        self._orphans: dict[bytes, tuple[str, Entry]] = {}
        self._at_hand: OrderedDict[str, tuple[FingerprintTable, dict[str, int]]] = OrderedDict()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Lock the folder, and bring what an interrupted process left into parts."""
        with _in_words(str(self.place)):
            if isinstance(self.place, Folder):
                self._stack.enter_context(lock_folder(self.place.path))
            try:
                self._writer.recover()
                self._find_families()
                self._index = read_index(self.place, self.families)
            except BaseException:
                self._stack.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unlock it. What was measured stays in the journal, where it was not finished."""
        self._writer.close()
        self._stack.close()

    def remove_parts(self) -> None:
        """Remove everything that is kept."""
        with _in_words(str(self.place)):
            for name in list_parts(self.place):
                self.place.delete(name)

    @property
    def families(self) -> list[FamilyRecord]:
        """Of the columns of what is written."""
        return [FamilyRecord.of(family) for family in self.plan.families]

    def begin(self, images: Sequence[InputImage], *, most_searched: int) -> Iterator[Task]:
        """What is to be done for some inputs; sets the plan's share and orphans."""
        inputs = {image.path for image in images}
        share = choose_share(len(images), most=most_searched)
        self._orphans = {
            entry.sha256: (path, entry)
            for path, entry in self._index.list_all()
            if path not in inputs and self._is_whole(entry, share)
        }
        self.plan = replace(self.plan, share=share, orphans=frozenset(sha256.hex() for sha256 in self._orphans))
        return (Task(image, self._expect(image.path)) for image in images)

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        if isinstance(outcome, SkippedImage):
            self.skipped[outcome.path] = outcome
            self.reasons[outcome.reason] += 1
            return
        if isinstance(outcome, KnownImage):
            self.n_known += 1
            self._measured[outcome.path] = sha256 = bytes.fromhex(outcome.sha256)
            if self._index.find(outcome.path, sha256=sha256) is None:
                self._move(outcome)
            return
        self._measured[outcome.record.path] = bytes.fromhex(outcome.record.sha256)
        self._write(self._complete(outcome))

    def finish(self, images: Iterable[InputImage], *, keep_others: bool) -> None:
        """Bring the journal into a part, and leave every image once, with the labels that it has now.

        Parameters
        ----------
        images : inputs
        keep_others : whether images that are no inputs any more stay
        """
        with _in_words(str(self.place)):
            self._writer.seal(self.families)
            index = read_index(self.place, self.families)
            kept = self._choose_rows(index, keep_others=keep_others)
            tidy_parts(self.place, index, kept, self._find_changed_labels(index, images), self.settings)
            self._index = read_index(self.place, self.families)
            self._at_hand.clear()

    def load(self, images: Iterable[InputImage]) -> FingerprintTable:
        """The inputs that were measured as a table, with the labels they have now, and those that were skipped."""
        measured = list(self.read_images(images))
        table = join_measured(measured, self.skipped.values(), self.families)
        return table.select_families(self.asked)

    def read_images(self, images: Iterable[InputImage], *, means: bool = False) -> Iterator[MeasuredImage]:
        """The inputs that were measured, one by one; read fastest in the order in which they were measured.

        Parameters
        ----------
        images : inputs
        means : whether every image comes as its mean row; otherwise those of the sample come with their windows
        """
        for image in images:
            entry = self._index.find(image.path, sha256=self._measured.get(image.path))
            if image.path not in self._measured or entry is None:
                continue
            found = self._read(image.path, entry)
            if means or not is_sampled(found.record.sha256, self.plan.share):
                found = average_measured(found, self.families)
            yield replace(found, record=replace(found.record, labels=image.labels))

    def read_records(self, images: Iterable[InputImage]) -> Iterator[ImageRecord]:
        """The inputs that were measured, one by one, without their values and pictures."""
        at_hand: OrderedDict[str, dict[str, ImageRecord]] = OrderedDict()
        for image in images:
            sha256 = self._measured.get(image.path)
            entry = None if sha256 is None else self._index.find(image.path, sha256=sha256)
            if entry is None:
                continue
            if entry.part not in at_hand:
                at_hand[entry.part] = {record.path: record for record in read_image_records(self.place, entry.part)}
                while len(at_hand) > PARTS_AT_HAND:
                    at_hand.popitem(last=False)
            yield replace(at_hand[entry.part][image.path], labels=image.labels)

    def find_hash(self, path: str) -> str | None:
        """SHA-256 of an input; None where it was not measured."""
        sha256 = self._measured.get(path)
        return None if sha256 is None else sha256.hex()

    @property
    def n_measured(self) -> int:
        """Number of inputs that are measured, now or before."""
        return len(self._measured)

    @property
    def n_rows(self) -> int:
        """Number of windows and mean rows in the parts."""
        return sum(n_rows for _, n_rows in self._index.sizes.values())

    def list_paths(self) -> list[str]:
        """Paths of all images in the parts, sorted, but for those that cannot be read for now."""
        return sorted(path for path in self._index.entries if path not in self.skipped)

    def list_hashes(self) -> list[str]:
        """SHA-256 of all images in the parts, in the order of their paths."""
        return [self._index.entries[path][0].sha256.hex() for path in self.list_paths()]

    def _find_families(self) -> None:
        """Let the families of the folder join the plan."""
        names = list_parts(self.place)
        if not names:
            return
        declared = {family.name: FamilyRecord.of(family) for family in CATALOGUE}
        wanted = set(self.asked)
        for name in names:
            try:
                header = (
                    read_columns(self.place, name, ["path", "labels"])[0]
                    if self._renew
                    else read_header(self.place, name)
                )
                difference = find_difference(header, self.settings)
            except TableError:
                if not self._renew:
                    raise
                difference = "it cannot be read"
            if difference and not self._renew:
                raise TableError(
                    f"{self.place}: {name} was measured otherwise ({difference}). Give the same options, name another "
                    "folder, or give --force to measure again."
                )
            if difference:
                self.place.delete(name)
            else:
                wanted |= {family.name for family in header.families if declared.get(family.name) == family}
        families = tuple(family for family in CATALOGUE if family.name in wanted)
        self.plan = replace(self.plan, families=families) if len(wanted) > len(self.asked) else self.plan

    def _is_whole(self, entry: Entry, share: float) -> bool:
        """Whether nothing of an image is left to be measured."""
        return self._has_form(entry, share) and len(entry.families) == len(self.plan.families)

    def _has_form(self, entry: Entry, share: float) -> bool:
        """Whether the windows are there, where the image belongs to the sample, and the rules let it be measured."""
        is_small_enough = entry.n_pixels <= self.plan.rules.most_pixels
        return is_small_enough and (entry.has_windows or not is_sampled(entry.sha256.hex(), share))

    def _expect(self, path: str) -> Expected | None:
        entry = self._index.find(path)
        if entry is None or not self._has_form(entry, self.plan.share):
            return None
        unmeasured = tuple(family.name for family in self.plan.families if family.name not in entry.families)
        return Expected(entry.sha256.hex(), unmeasured) if entry.families else None

    def _move(self, outcome: KnownImage) -> None:
        """Write an image that is known under another path again, under its new one."""
        found = self._read(*self._orphans[bytes.fromhex(outcome.sha256)])
        self._write(replace(found, record=replace(found.record, path=outcome.path, labels=outcome.labels)))

    def _complete(self, measured: MeasuredImage) -> MeasuredImage:
        """The image with the families that were measured of it before."""
        names = tuple(family.name for family in self.plan.families)
        if measured.families == names:
            return measured
        path, sha256 = measured.record.path, bytes.fromhex(measured.record.sha256)
        entry = self._index.find(path, sha256=sha256)
        assert entry is not None  # it was expected
        before = self._read(path, entry)
        if measured.windows != before.windows:
            before = average_measured(before, [family for family in self.families if family.name in before.families])
        return join_families(before, measured, self.families)

    def _read(self, path: str, entry: Entry) -> MeasuredImage:
        """One image out of its part."""
        if entry.part not in self._at_hand:
            table = read_part(self.place, entry.part)
            numbers = {image: number for number, image in enumerate(table.paths)}
            self._at_hand[entry.part] = (table, numbers)
            while len(self._at_hand) > PARTS_AT_HAND:
                self._at_hand.popitem(last=False)
        self._at_hand.move_to_end(entry.part)
        table, numbers = self._at_hand[entry.part]
        return take_image(table, numbers[path], self.families)

    def _write(self, measured: MeasuredImage) -> None:
        with _in_words(str(self.place)):
            self._writer.add(measured, self.families)

    def _choose_rows(self, index: Index, *, keep_others: bool) -> dict[str, set[str]]:
        """Paths of the images to be kept in every part."""
        kept: dict[str, set[str]] = {name: set() for name in index.sizes}
        for path in index.entries:
            skipped = self.skipped.get(path)
            is_away = skipped is not None and skipped.reason == "unreadable"  # it may come back
            if path not in self._measured and not is_away and (skipped is not None or not keep_others):
                continue
            entry = index.find(path, sha256=self._measured.get(path))
            if entry is not None:
                kept[entry.part].add(path)
        return kept

    def _find_changed_labels(self, index: Index, images: Iterable[InputImage]) -> dict[str, dict[str, str]]:
        """Labels of the inputs whose rows have others."""
        changed = {}
        for image in images:
            entry = index.find(image.path, sha256=self._measured.get(image.path))
            if entry is not None and entry.labels != json.dumps(image.labels, ensure_ascii=False):
                changed[image.path] = image.labels
        return changed


@contextmanager
def _in_words(place: str) -> Iterator[None]:
    """A full disk and the like, as a sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(
            f"Writing into {place!r} failed: {reason}. What was measured before is kept: make room, or see to the "
            "cause, and give the same command again."
        ) from error
