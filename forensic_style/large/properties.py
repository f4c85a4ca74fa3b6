"""Properties of many images, gathered a few at a time, for the audit of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forensic_style.audit.properties import CONTENT, NUMBERS, ORDER, UNKNOWN, WORDS, Property, bin_numbers
from forensic_style.audit.records import Kind
from forensic_style.table import ImageRecord

MOST_WORDS = 100_000  # different words of a property that are told apart while they are read
MOST_VALUES = 1000  # of which so many, the most frequent ones, are compared with clusters; the rest count as one


class _Words:
    """Numbers of words in the order of their first appearance, -1 for ""; the rest has the number after the last."""

    def __init__(self, name: str, kind: Kind, n_images: int) -> None:
        self.name, self.kind = name, kind
        self.codes = np.full(n_images, UNKNOWN, dtype=np.int32)
        self.places: dict[str, int] = {}

    def read(self, words: Sequence[str], start: int) -> None:
        for place, word in enumerate(words, start):
            if word:
                if word not in self.places and len(self.places) < MOST_WORDS:
                    self.places[word] = len(self.places)
                self.codes[place] = self.places.get(word, MOST_WORDS)

    def finish(self) -> Property:
        """Numbers in the order of the words; only the most frequent ones have one of their own."""
        counts = Counter(dict(zip(*np.unique(self.codes[self.codes >= 0], return_counts=True), strict=True)))
        words = sorted(self.places, key=lambda word: (-counts[self.places[word]], word))
        new = np.full(MOST_WORDS + 1, MOST_VALUES, dtype=np.intp)
        for number, word in enumerate(sorted(words[:MOST_VALUES])):
            new[self.places[word]] = number
        return Property(self.name, self.kind, np.where(self.codes < 0, UNKNOWN, new[self.codes]))


class PropertyReader:
    """Reads what :func:`forensic_style.audit.properties.list_properties` lists, of many images."""

    def __init__(self, n_images: int, *, has_content: bool) -> None:
        self._words = {name: _Words(name, kind, n_images) for name, kind, _ in WORDS}
        self._content = _Words(CONTENT, "content", n_images) if has_content else None
        self._numbers = {name: np.full(n_images, np.nan) for name, _, _ in NUMBERS}

    def read(self, images: Sequence[ImageRecord], content: Sequence[str] | None, start: int) -> None:
        """Take in images, the first of which has the number `start`."""
        for name, _, read in WORDS:
            self._words[name].read([read(image) for image in images], start)
        for name, _, read_number in NUMBERS:
            values = [read_number(image) for image in images]
            self._numbers[name][start : start + len(images)] = [np.nan if one is None else one for one in values]
        if self._content is not None and content is not None:
            self._content.read(content, start)

    def finish(self, chosen: NDArray[np.bool_]) -> tuple[Property, ...]:
        """Properties of the chosen images that take at least two values among them, in a fixed order."""
        found = [_select(words.finish(), chosen) for words in self._words.values()]
        found += [] if self._content is None else [_select(self._content.finish(), chosen)]
        for name, kind, _ in NUMBERS:
            numbers = self._numbers[name][chosen]
            found.append(Property(name, kind, bin_numbers(numbers), numbers))
        place = {name: number for number, name in enumerate(ORDER)}
        return tuple(sorted((one for one in found if one.n_values > 1), key=lambda one: place[one.name]))


def _select(one: Property, chosen: NDArray[np.bool_]) -> Property:
    return Property(one.name, one.kind, one.codes[chosen])
