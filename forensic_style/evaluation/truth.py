"""A manifest's labels of the images of a run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forensic_style.errors import TableError
from forensic_style.manifest import MANIFEST_SUFFIXES, InputImage, list_inputs, show_name
from forensic_style.run import Run
from forensic_style.run.large import LargeRun


@dataclass(frozen=True, slots=True)
class Truth:
    """What a manifest knows of the images of a run, in the order of the run.

    Parameters
    ----------
    technologies : of each image, "" where unknown
    content : of each image, "" where unknown; None where not asked for
    n_only_in_run, n_only_in_truth : images of one side only
    n_other_files : images whose file, as the manifest names it, has another size than the one that was read
    """

    technologies: list[str]
    content: list[str] | None
    n_only_in_run: int
    n_only_in_truth: int
    n_other_files: int


def read_truth(run: Run, manifest: str | os.PathLike[str], column: str, *, content: str | None = None) -> Truth:
    """Look the images of a run up in a manifest.

    Paths are compared as they stand in clusters.csv and in the manifest; where none is the same, as the place of the
    file, for runs made from folders rather than from the manifest. A run made with --privacy keeps no paths: there the
    files that the manifest names are read, and compared by their SHA-256.

    Raises
    ------
    TableError
        where the manifest cannot be read, lacks a column, or names none of the images.
    """
    name = show_name(os.fspath(manifest))
    images = read_known_images(manifest, [column, content])
    image_of = _find_private(run, images) or find_images(run.paths, images, name)
    found = [image_of.get(path) for path in run.paths]
    labels = [{} if image is None else image.labels for image in found]
    return Truth(
        technologies=[known.get(column, "") for known in labels],
        content=None if content is None else [known.get(content, "") for known in labels],
        n_only_in_run=found.count(None),
        n_only_in_truth=len(images) - len({image.path for image in found if image is not None}),
        n_other_files=_count_other_files(run, found),
    )


def read_known_images(manifest: str | os.PathLike[str], columns: Sequence[str | None]) -> list[InputImage]:
    """The images of a manifest that has some columns.

    Raises
    ------
    TableError
        where it cannot be read, is none, or lacks a column.
    """
    name = show_name(os.fspath(manifest))
    if os.path.isdir(manifest) or not name.lower().endswith(MANIFEST_SUFFIXES):
        raise TableError(f"{name!r} is not a manifest. Give a .csv or .parquet file with a column path.")
    images = list_inputs(manifest)
    for wanted in columns:
        if wanted is not None and wanted not in images[0].labels:
            there = ", ".join(images[0].labels) or "path alone"
            raise TableError(f"The manifest {name!r} has no column {wanted!r}. It has: {there}.")
    return images


def _find_private(run: Run, images: Sequence[InputImage]) -> Mapping[str, InputImage]:
    """The manifest's image of each path of a run that was made with --privacy; none for other runs."""
    is_private = bool(run.about.get("settings", {}).get("privacy"))
    return find_by_content(run.paths, run.hashes, images) if is_private else {}


def find_by_content(
    paths: Sequence[str], hashes: Sequence[str], images: Sequence[InputImage]
) -> Mapping[str, InputImage]:
    """The manifest's image of each path whose SHA-256 is known; files that are not there are passed over."""
    by_hash: dict[str, InputImage] = {}
    for image in images:
        try:
            with open(image.location, "rb") as file:
                by_hash[hashlib.file_digest(file, "sha256").hexdigest()] = image
        except OSError:  # not there: then it can only be found by its name
            continue
    return {path: by_hash[sha256] for path, sha256 in zip(paths, hashes, strict=True) if sha256 in by_hash}


def find_images(paths: Sequence[str], images: Sequence[InputImage], name: str) -> Mapping[str, InputImage]:
    """The manifest's image of each path, by the path as it stands or by the place of the file.

    Raises
    ------
    TableError
        where none is the same.
    """
    by_path = {image.path: image for image in images}
    if set(by_path) & set(paths):
        return by_path
    by_place = {os.path.abspath(image.location): image for image in images}
    by_place_of_path = {path: by_place[os.path.abspath(path)] for path in paths if os.path.abspath(path) in by_place}
    if not by_place_of_path:
        raise TableError(
            f"None of the {len(images)} paths in {name!r} is that of an image of the run: {images[0].path!r} there, "
            f"{paths[0]!r} in clusters.csv. Write the paths as in clusters.csv."
        )
    return by_place_of_path


def _count_other_files(run: Run, found: Sequence[InputImage | None]) -> int:
    """Files that are there and are not the ones that were read; none where fingerprints are not there, or too many."""
    if isinstance(run, LargeRun) or not (run.folder / "fingerprints").exists():
        return 0
    count = 0
    for record, image in zip(run.table.images, found, strict=True):
        try:
            count += image is not None and os.path.getsize(image.location) != record.n_bytes
        except OSError:  # moved away since: nothing to compare
            continue
    return count
