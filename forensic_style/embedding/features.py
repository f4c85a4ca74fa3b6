"""Images and a network -> a table of features, which the other commands take like fingerprints."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.embedding.network import Network
from forensic_style.embedding.pooling import count_columns, pool_activations, read_poolings
from forensic_style.embedding.preprocessing import Preprocessing, cut_crops
from forensic_style.engines import count_processors
from forensic_style.errors import FamilyError, ImageError, ParameterError
from forensic_style.family import Group
from forensic_style.image import DecodedImage
from forensic_style.manifest import InputImage, list_images
from forensic_style.measuring import (
    CAN_ISOLATE,
    MeasuredImage,
    Plan,
    Reader,
    describe_image,
    join_measured,
    open_reader,
)
from forensic_style.places import fetch
from forensic_style.reading import ReadingRules
from forensic_style.table import FamilyRecord, FingerprintTable, SkippedImage
from forensic_style.threads import one_thread_for_each_image
from forensic_style.windows import choose_windows

LABELS = {"mean": "channel means", "deviation": "channel deviations", "gram": "channel products (Gram matrix)"}
MOST_COLUMNS = 60_000  # of a table: each is a column in Parquet

Progress = Callable[[int, int, int], None]
Inputs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Sequence[InputImage]


def embed(
    inputs: Inputs,
    model: str | os.PathLike[str],
    *,
    layer: str | Sequence[str] | None = None,
    preprocessing: Preprocessing | None = None,
    pool: str | Sequence[str] = "mean",
    name: str | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    rules: ReadingRules | None = None,
    isolated: bool = CAN_ISOLATE,
) -> FingerprintTable:
    """Measure the features that a pretrained network has for images. It needs the extra "deep".

    Parameters
    ----------
    inputs : image files, folders or one manifest, or what :func:`forensic_style.manifest.list_inputs` returns
    model : a network in ONNX, with its weights
    layer : name of a layer, or of several: that of its output, node, module or place, see
        :func:`list_layers`. The network's output where None
    preprocessing : what is done to images before; that of torchvision's networks where None
    pool : "mean", "deviation", "gram" or several, joined by "+"; "all": see
        :func:`forensic_style.embedding.pooling.pool_activations`
    name : begins the names of the columns; that of the file where None
    jobs : threads; as many as there are processors where None. The values do not depend on it.
    progress : called after every image with the numbers of images done, in all, and skipped
    rules : limits of what is read, and what to do with damaged files
    isolated : decode in processes of their own, see :func:`forensic_style.extraction.extract`

    Returns
    -------
    FingerprintTable with a family for each layer and pooling, which sees images, or windows where these are cropped;
    its version is a digest of the network's bytes and the preprocessing, so that what was made otherwise does not mix.
    `about` says how it was made and what it cost. Every input is either in it or among its skipped images.

    Raises
    ------
    TableError, ParameterError
        for inputs that name nothing, a network that cannot be used, and wrong arguments. A bad image never raises: it
        is skipped.
    ReaderError
        where processes cannot be started.
    """
    if jobs is not None and jobs < 1:
        raise ParameterError(f"jobs must be at least 1. Got {jobs!r} instead.")
    poolings = read_poolings(pool)
    images = list_images(inputs)
    layers = [layer] if isinstance(layer, str) else list(layer or ())
    network = Network(model, layers, preprocessing or Preprocessing())
    features = _Features.of(network, poolings, name or network.name)
    plan = Plan((), rules=rules or ReadingRules(), isolated=isolated)
    start, spent = time.perf_counter(), _read_cpu_seconds()
    measured: list[MeasuredImage] = []
    skipped: list[SkippedImage] = []
    with one_thread_for_each_image():
        for done, outcome in enumerate(_measure_all(images, features, plan, jobs), start=1):
            if isinstance(outcome, SkippedImage):
                skipped.append(outcome)
            else:
                measured.append(outcome)
            if progress is not None:
                progress(done, len(images), len(skipped))
    cpu_seconds = _read_cpu_seconds() - spent  # the processes that decode have ended
    table = join_measured(measured, skipped, features.families)
    cost = {
        "cpu_seconds_per_image": round(cpu_seconds / max(len(measured), 1), 6),
        "seconds": round(time.perf_counter() - start, 3),
        "peak_memory_bytes": _read_peak_memory(),
    }
    return replace(table, about=features.about | cost)


@dataclass(frozen=True)
class _Features:
    """What is measured of every image: `parts` are the number of a layer, and a pooling, for each family."""

    network: Network
    parts: tuple[tuple[int, str], ...]
    families: tuple[FamilyRecord, ...]
    about: dict[str, Any]

    @classmethod
    def of(cls, network: Network, poolings: Sequence[str], name: str) -> _Features:
        for layer, has_places in zip(network.names, network.has_places, strict=True):
            if not has_places and "mean" not in poolings:
                raise ParameterError(
                    f"The layer {layer!r} has no places: only its mean can be taken. Leave it out, or add mean to the "
                    f"pooling ({'+'.join(('mean', *poolings))})."
                )
        parts = [
            (number, pooling)
            for number, has_places in enumerate(network.has_places)
            for pooling in poolings
            if has_places or pooling == "mean"
        ]
        sizes = [count_columns(network.n_channels[number], pooling) for number, pooling in parts]
        if sum(sizes) > MOST_COLUMNS:
            raise ParameterError(
                f"These layers and poolings have {sum(sizes):,} columns, a table takes {MOST_COLUMNS:,}. Name fewer."
            )
        about = _tell(network, poolings, name)
        version = _digest(about)
        names = _name_families([(name, network.names[number], pooling) for number, pooling in parts])
        families = [
            _declare(family, name, network.names[number], pooling, size, version, sees=_find_view(network.how))
            for family, (number, pooling), size in zip(names, parts, sizes, strict=True)
        ]
        return cls(network, tuple(parts), tuple(families), about)

    def measure(self, image: DecodedImage, labels: dict[str, str]) -> MeasuredImage:
        """One image.

        Raises
        ------
        ImageError, FamilyError
            where it is too small, or its features are not finite.
        """
        crops, places = cut_crops(image, self.network.how)
        found = self.network.run(crops, image.path)
        values = np.concatenate([pool_activations(found[number], pooling) for number, pooling in self.parts], axis=1)
        record = describe_image(image, choose_windows(*image.pixels.shape[:2]), labels)
        names = tuple(family.name for family in self.families)
        missing = np.zeros(len(names), dtype=bool)
        return MeasuredImage(record, places, self._check(values, image.path), missing, names)

    def _check(self, values: NDArray[np.float64], path: str) -> NDArray[np.float32]:
        """The values in the form of the table, if they are as many as were declared."""
        if values.shape[1] != sum(family.dimension for family in self.families):
            message = f"The network gives {values.shape[1]} values for {path}, not those of other images. Give a size."
            raise FamilyError(message, family=self.families[0].name, path=path)
        with np.errstate(over="ignore"):
            narrow = values.astype(np.float32)
        if not np.isfinite(narrow).all():
            message = f"The features of {path} are larger than a table can hold. Give another pooling or layer."
            raise FamilyError(message, family=self.families[0].name, path=path)
        return narrow


def _measure_all(
    images: Sequence[InputImage], features: _Features, plan: Plan, jobs: int | None
) -> Iterator[MeasuredImage | SkippedImage]:
    """Every image in turn."""
    n_threads = max(1, min(count_processors() if jobs is None else jobs, len(images)))
    idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    readers = [open_reader(plan) for _ in range(n_threads)]
    for reader in readers:
        idle.put(reader)

    def measure(image: InputImage) -> MeasuredImage | SkippedImage:
        reader = idle.get()
        try:
            return _measure_one(image, features, plan, reader)
        finally:
            idle.put(reader)

    pool = ThreadPoolExecutor(n_threads)
    try:
        yield from pool.map(measure, images)
    finally:
        pool.shutdown(cancel_futures=True)
        for reader in readers:
            reader.close()


def _measure_one(image: InputImage, features: _Features, plan: Plan, reader: Reader) -> MeasuredImage | SkippedImage:
    if image.problem:
        return SkippedImage(image.path, "unreadable", image.problem)
    try:
        with fetch(image.location, most_bytes=plan.rules.most_bytes) as location:
            decoded = reader.read(location, shown_as=image.path)
            return features.measure(decoded, image.labels)
    except ImageError as error:
        return SkippedImage(image.path, error.reason, str(error))
    except FamilyError as error:
        return SkippedImage(image.path, "not_measured", str(error))
    finally:
        reader.release()


def _tell(network: Network, poolings: Sequence[str], name: str) -> dict[str, Any]:
    """What the metadata say of how features are made."""
    return {
        "name": name,
        "model": os.path.basename(network.path),
        "model_sha256": network.sha256,
        "model_bytes": network.n_bytes,
        "weights_bytes": network.weights_bytes,
        "layers": network.names,
        "outputs": [layer.name for layer in network.layers],
        "pooling": list(poolings),
        "preprocessing": network.how.to_dict(),
        "runtime": network.runtime,
    }


def _digest(about: dict[str, Any]) -> int:
    """A number that changes with the network's bytes and the preprocessing."""
    told = json.dumps([about["model_sha256"], about["outputs"], about["preprocessing"]], sort_keys=True)
    return int(hashlib.sha256(told.encode()).hexdigest()[:7], 16)


def _name_families(parts: Sequence[tuple[str, str, str]]) -> list[str]:
    """Names that can begin those of columns, each once.

    >>> _name_families([("vgg16", "/features.29/Relu", "mean"), ("vgg16", "features-29.Relu", "mean")])
    ['vgg16_features_29_Relu_mean', 'vgg16_features_29_Relu_mean_2']
    """
    names: list[str] = []
    for part in parts:
        bare = re.sub(r"\W+", "_", "_".join(part), flags=re.ASCII)
        name = re.sub(r"_+", "_", bare).strip("_")
        taken = sum(other == name or re.fullmatch(rf"{name}_\d+", other) is not None for other in names)
        names.append(f"{name}_{taken + 1}" if taken else name)
    return names


def _declare(name: str, model: str, layer: str, pooling: str, size: int, version: int, *, sees: str) -> FamilyRecord:
    where = f"{model} {layer}"
    more, less = (f"high at {where}", f"low at {where}") if size == 1 else ("", "")
    group = Group(pooling, size, "value", f"{LABELS[pooling]} at {where}", more=more, less=less)
    return FamilyRecord(name, f"{LABELS[pooling].capitalize()} at {where}", "acquisition", version, (group,), sees)


def _find_view(how: Preprocessing) -> str:
    return "window" if how.crops == "windows" else "image"


def _read_cpu_seconds() -> float:
    """Processor time of this process and of those that it started and that have ended, as for fingerprints."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _read_peak_memory() -> int | None:
    """Bytes that the largest process has held, this one or one that decoded; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024
