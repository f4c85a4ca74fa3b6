"""What is known of the images, whatever each source calls them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensic_style.clusters.partition import as_labels
from forensic_style.comparison.sources import Source
from forensic_style.errors import ParameterError, TableError
from forensic_style.evaluation.truth import find_by_content, find_images, read_known_images
from forensic_style.manifest import InputImage, show_name
from forensic_style.report.words import count_things

Labels = Mapping[str, str | None]


@dataclass(frozen=True, eq=False)
class KnownOfImages:
    """Labels of images by the name that the truth has for them, without those that are blank.

    Parameters
    ----------
    technologies, content, known : labels; None for content and known that were not given
    images : of the manifest, by name; empty where the labels came as mappings
    where : the truth is from, for messages
    """

    technologies: dict[str, str]
    content: dict[str, str] | None
    known: dict[str, str] | None
    images: dict[str, InputImage]
    where: str

    def name_images(self, source: Source) -> list[str | None]:
        """The truth's name of each image of a source; None for images that it does not know.

        Raises
        ------
        TableError
            where it knows none of them.
        """
        if not self.images:
            labels = self.technologies.keys() | (self.known or {}).keys()
            names = [path if path in labels else None for path in source.paths]
            if not any(names):
                raise TableError(
                    f"None of the images of {source.name!r} has a known technology: {source.paths[0]!r} there, "
                    f"{next(iter(self.technologies), '')!r} in the truth. Name the images alike."
                )
            return names
        found = self._find(source)
        return [found[path].path if path in found else None for path in source.paths]

    def list_other_files(self, source: Source, names: Sequence[str | None]) -> set[str]:
        """Images of a source whose file, as the manifest names it, has another size than the one that was read.

        Files that are not there, and sources that hold no sizes, tell nothing.
        """
        if not self.images or source.read_sizes is None:
            return set()
        others = set()
        for name, size in zip(names, source.read_sizes(), strict=True):
            try:
                if name is not None and os.path.getsize(self.images[name].location) != size:
                    others.add(name)
            except OSError:  # moved away since: nothing to compare
                continue
        return others

    def _find(self, source: Source) -> Mapping[str, InputImage]:
        """By path, by place, or by the bytes of the files."""
        images = list(self.images.values())

        def find_by_bytes() -> Mapping[str, InputImage]:
            return {} if source.read_hashes is None else find_by_content(source.paths, source.read_hashes(), images)

        if source.is_private and (found := find_by_bytes()):
            return found
        try:
            return find_images(source.paths, images, self.where)
        except TableError as error:
            found = find_by_bytes()
            if not found:
                raise TableError(
                    f"None of the {len(images)} images in {self.where!r} is one of {source.name!r}: "
                    f"{images[0].path!r} there, {source.paths[0]!r} here. Name the manifest of these images."
                ) from error
            return found


def check_same_images(sources: Sequence[Source], names: Mapping[str, Sequence[str | None]]) -> None:
    """Make sure that what the truth calls by one name is one file in all sources that know their files.

    Raises
    ------
    TableError
        where two sources read different files of one name.
    """
    first: dict[str, tuple[str, Source]] = {}
    for source in sources:
        if source.read_hashes is None:
            continue
        named = dict(zip(names[source.name], source.read_hashes(), strict=True))
        there = {name: sha256 for name, sha256 in named.items() if name is not None and sha256}
        others = [name for name, sha256 in there.items() if name in first and first[name][0] != sha256]
        if others:
            raise TableError(
                f"{first[others[0]][1].name!r} and {source.name!r} call different files by the same name: "
                f"{count_things(len(others), 'image')}, the first {others[0]!r}, by their SHA-256. "
                "Compare entries of the same images, or measure one of them anew where the files have changed."
            )
        for name, sha256 in there.items():
            first.setdefault(name, (sha256, source))


def read_truth(
    truth: str | os.PathLike[str] | Labels,
    *,
    column: str | None = None,
    content: str | Labels | None = None,
    known: str | Labels | None = None,
) -> KnownOfImages:
    """The labels, out of a manifest or as mappings from path to label.

    Raises
    ------
    TableError
        where the manifest cannot be read or lacks a column.
    ParameterError
        where columns are named and there is no manifest, or mappings given and there is one.
    """
    if not isinstance(truth, str | os.PathLike):
        if column is not None or isinstance(content, str) or isinstance(known, str):
            raise ParameterError("Columns are those of a manifest, and the truth is a mapping. Give mappings only.")
        given = [None if labels is None else _read_mapping(labels) for labels in (truth, content, known)]
        return KnownOfImages(given[0] or {}, given[1], given[2], {}, "the truth")
    if column is None or isinstance(content, Mapping) or isinstance(known, Mapping):
        raise ParameterError("A manifest needs the names of its columns: column, and content and known where wanted.")
    images = {image.path: image for image in read_known_images(truth, [column, content, known])}

    def read(name: str | None) -> dict[str, str] | None:
        if name is None:
            return None
        return {path: image.labels[name] for path, image in images.items() if image.labels[name]}

    return KnownOfImages(read(column) or {}, read(content), read(known), images, show_name(os.fspath(truth)))


def _read_mapping(labels: Any) -> dict[str, str]:
    plain = dict(labels.items())
    return {path: label for path, label in zip(plain, as_labels(list(plain.values())), strict=True) if label}


def look_up(labels: Mapping[str, str], names: Sequence[str | None]) -> list[str]:
    """The label of each image, "" where there is none."""
    return [labels.get(name, "") if name is not None else "" for name in names]
