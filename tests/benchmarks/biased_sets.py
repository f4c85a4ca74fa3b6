"""Sets that are biased on purpose: does the audit name the cause, and only where there is one?

    python tests/benchmarks/biased_sets.py PHOTOGRAPHS [--data DATA]

PHOTOGRAPHS is a folder of lossless photographs. Of each, technology A and technology B make one file. The pixels are
those of the photograph ("nothing else differs"), or come out of two full chains: a camera (sensor noise, Bayer pattern,
demosaicing, gamma) and a film scanner (blur, grain, tones). Then

* format: A is saved as JPEG of quality 85 and B as PNG; equalised: both are saved as PNG
* JPEG past: A is saved as JPEG of quality 85, opened, and both are saved as PNG. There is no format to be warned of
* size: the longer side of A is 768 pixels, that of B 512; equalised: both 512. All are PNG
* mostly format: like format, but one in four of A is saved as PNG and one in four of B as JPEG

Printed for each set, with the number of clusters given and tested: clusters found, adjusted Rand index with A and B,
and what the audit says. Ends with an error where a biased set does not get its cause as the first warning, or an
equalised one gets it at all.

With --data, the sets of all `index*.csv` (path, technology, content) below a folder are clustered as well. An alarm is
false where the technologies themselves do not follow what it names.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from labelled_sets import read_sets
from PIL import Image
from pipelines import Bytes, demosaic, sample_bayer, to_bytes
from scipy.ndimage import gaussian_filter
from sklearn.metrics import adjusted_rand_score

import forensic_style as fs
from forensic_style.audit import measure_alignments

SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".webp")
LARGE, SMALL, QUALITY = 768, 512, 85
FOLLOWED = 0.5  # share of the technologies that a property decides, from which it goes with them

Chain = Callable[[Bytes, np.random.Generator], Bytes]
Saving = Callable[[Image.Image, Path, int], None]


@dataclass(frozen=True)
class Bias:
    """How the files of A and of B are written, and the words that the first warning must have ("" for none)."""

    name: str
    of_a: Saving
    of_b: Saving
    cause: str = ""


def leave(photograph: Bytes, _: np.random.Generator) -> Bytes:
    """Nothing happens to it."""
    return photograph


def record(photograph: Bytes, random: np.random.Generator) -> Bytes:
    """A camera."""
    light = (photograph / 255) ** 2.2
    noisy = light + random.normal(0, 1, light.shape) * np.sqrt(light / 6000 + 2e-6)
    return to_bytes(np.clip(demosaic(sample_bayer(noisy)), 0, 1) ** (1 / 2.2))


def scan(photograph: Bytes, random: np.random.Generator) -> Bytes:
    """A film scanner."""
    grain = gaussian_filter(random.normal(0, 1, (*photograph.shape[:2], 1)), (0.8, 0.8, 0)) * 0.035
    film = gaussian_filter(photograph / 255, (0.6, 0.6, 0))
    return to_bytes(np.clip(film + grain * np.sqrt(film * (1 - film)), 0, 1) ** 0.85)


def save_png(picture: Image.Image, path: Path, _: int = 0) -> None:
    """Lossless."""
    picture.save(path.with_suffix(".png"))


def save_jpeg(picture: Image.Image, path: Path, _: int = 0) -> None:
    """Quality 85."""
    picture.save(path.with_suffix(".jpg"), quality=QUALITY)


def save_past(picture: Image.Image, path: Path, _: int = 0) -> None:
    """A PNG of what a JPEG of quality 85 leaves."""
    save_jpeg(picture, path)
    with Image.open(path.with_suffix(".jpg")) as opened:
        save_png(opened, path)
    path.with_suffix(".jpg").unlink()


def save_large(picture: Image.Image, path: Path, _: int = 0) -> None:
    """768 pixels long."""
    save_png(_resize(picture, LARGE), path)


def save_small(picture: Image.Image, path: Path, _: int = 0) -> None:
    """512 pixels long."""
    save_png(_resize(picture, SMALL), path)


def mostly(usual: Saving, other: Saving) -> Saving:
    """Three in four one way, and the fourth another."""

    def save(picture: Image.Image, path: Path, number: int) -> None:
        (other if number % 4 == 0 else usual)(picture, path, number)

    return save


BIASES = (
    Bias("format", save_jpeg, save_png, "file format"),
    Bias("format equalised", save_png, save_png),
    Bias("JPEG past", save_past, save_png),
    Bias("size", save_large, save_small, "size"),
    Bias("size equalised", save_small, save_small),
    Bias("mostly format", mostly(save_jpeg, save_png), mostly(save_png, save_jpeg), "file format"),
)
CHAINS: dict[str, tuple[Chain, Chain]] = {"nothing else": (leave, leave), "camera, scanner": (record, scan)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, help="folder of lossless photographs")
    parser.add_argument("--data", type=Path, help="folder of folders with index*.csv")
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.photographs.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        sys.exit(f"{arguments.photographs} holds no lossless photographs.")
    n_failed = sum(check_bias(paths, chain, bias) for chain in CHAINS for bias in BIASES)
    n_false = 0 if arguments.data is None else sum(check_set(found) for found in read_crossed(arguments.data))
    print(f"{n_failed} biased or equalised sets judged wrongly, {n_false} false alarms on crossed sets")
    sys.exit(1 if n_failed or n_false else 0)


def check_bias(paths: list[Path], chain: str, bias: Bias) -> int:
    """Make a set and cluster it; how often the audit is wrong, of two."""
    with tempfile.TemporaryDirectory() as folder:
        write_set(paths, Path(folder), CHAINS[chain], bias)
        table = fs.extract(folder)
    truth = [Path(path).name[0] for path in table.paths]
    content = [Path(path).name[2:5] for path in table.paths]
    n_wrong = 0
    for n_clusters in (2, None):
        result = fs.cluster(table, content=content, n_clusters=n_clusters)
        warnings = result.audit.warnings
        is_named = bias.cause in warnings[0] if warnings and bias.cause else False
        is_wrong = not is_named if bias.cause and result.n_clusters > 1 else bool(warnings)
        n_wrong += is_wrong
        _show(f"{bias.name}, {chain}", n_clusters, result, truth, wrong=is_wrong)
    return n_wrong


def write_set(paths: list[Path], folder: Path, chains: tuple[Chain, Chain], bias: Bias) -> None:
    """Two files of each photograph, a- and b- and the number of the photograph."""
    for number, path in enumerate(paths):
        with Image.open(path) as opened:
            photograph = np.asarray(opened.convert("RGB"))
        for letter, chain, save in zip("ab", chains, (bias.of_a, bias.of_b), strict=True):
            picture = chain(photograph, np.random.default_rng([number, ord(letter)]))
            save(Image.fromarray(picture), folder / f"{letter}-{number:03d}", number)


def read_crossed(data: Path) -> Iterator[tuple[str, fs.FingerprintTable, list[str], list[str] | None]]:
    """All sets below a folder, with their technologies and contents."""
    for one in read_sets(data):
        yield one.name, one.table, one.technologies, one.contents


def check_set(found: tuple[str, fs.FingerprintTable, list[str], list[str] | None]) -> int:
    """Cluster a set; how often the audit raises an alarm without reason, of two."""
    name, table, technologies, contents = found
    codes = np.unique(technologies, return_inverse=True)[1]
    reasons = {one.confound for one in measure_alignments(table.images, codes, None) if one.decided >= FOLLOWED}
    n_false = 0
    for n_clusters in (len(set(technologies)), None):
        result = fs.cluster(table, content=contents, n_clusters=n_clusters)
        is_false = any(not any(reason in warning for reason in reasons) for warning in result.audit.warnings)
        n_false += is_false
        _show(name, n_clusters, result, technologies, wrong=is_false)
    return n_false


def _show(name: str, n_clusters: int | None, result: fs.ClusterResult, truth: list[str], *, wrong: bool) -> None:
    given = "tested" if n_clusters is None else "given"
    agreement = adjusted_rand_score(truth, result.labels)
    mark = "   <- WRONG" if wrong else ""
    print(f"{name}: number {given}, {result.n_clusters} found, adjusted Rand index {agreement:.2f}{mark}")
    for sentence in result.audit.warnings:
        print(f"  ! {sentence}")
    for sentence in result.audit.notes:
        print(f"    {sentence}")
    sys.stdout.flush()


def _resize(picture: Image.Image, side: int) -> Image.Image:
    scale = side / max(picture.size)
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
