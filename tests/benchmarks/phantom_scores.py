"""Scores every family on images whose traces are known, because they were put there.

    python tests/benchmarks/phantom_scores.py                          # drawn scenes
    python tests/benchmarks/phantom_scores.py --photographs FOLDER     # besides lossless photographs of that folder

Printed is, for every subject that families read (`tests/phantoms.py` makes the traces), how often the reading was
right, wrong and missing where the trace is, how often it was claimed ("likely" or surer), which is a false alarm where
the trace is not, and the median relative error of the estimate. Then, for every family, how well its values tell images
with each trace from the same scenes without it: balanced accuracy of a shrunken linear discriminant, learnt on other
scenes; 0.5 is chance. Exits with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GroupKFold, cross_val_predict

sys.path.insert(0, str(Path(__file__).parents[2]))

from forensic_style.families import CATALOGUE
from forensic_style.family import FingerprintFamily, Reading
from forensic_style.image import DecodedImage
from forensic_style.windows import Window, choose_windows
from tests import phantoms

CLAIMED = ("likely", "clear", "certain")
SIZES = ((512, 768), (384, 512), (256, 256))
Truth = Any


@dataclass(frozen=True)
class Phantom:
    """Pixels and what is true of them; `label` says what was done. Subjects that are not in `truths` are not judged."""

    label: str
    pixels: NDArray[np.uint8]
    truths: dict[str, Truth]


@dataclass
class Score:
    """Counts of one subject and label; `with_trace` says whether the trace is there."""

    n: int = 0
    right: int = 0
    missed: int = 0
    claimed: int = 0
    with_trace: bool = False
    errors: list[float] = field(default_factory=list)


def _within(limit: float) -> Callable[[Truth, Truth], bool]:
    return lambda found, truth: abs(found - truth) <= limit


def _within_share(limit: float) -> Callable[[Truth, Truth], bool]:
    return lambda found, truth: abs(found - truth) <= limit * abs(truth)


JUDGES: dict[str, Callable[[Truth, Truth], bool]] = {
    "last JPEG quality": _within(3),
    "earlier JPEG quality": _within(3),
    "resampling": _within_share(0.02),
    "noise": _within_share(0.1),
    "chromatic aberration": _within_share(0.2),
    "sharpening": lambda found, truth: True,
    "upsampling pattern": lambda found, truth: True,
}
NOTHING: dict[str, Truth] = dict.fromkeys(
    [
        "colour filter array",
        "block grid",
        "last JPEG quality",
        "earlier JPEG quality",
        "resampling",
        "chromatic aberration",
        "upsampling pattern",
        "line pattern",
        "sharpening",
    ]
)
LEAST_RIGHT = {  # the goals that are set; the share that must be right, by subject and the beginning of a label
    ("colour filter array", "demosaiced"): 0.95,
    ("colour filter array", "camera, JPEG 95"): 0.80,
    ("block grid", "JPEG 50-90"): 0.99,
    ("last JPEG quality", "JPEG 50-9"): 0.95,
    ("resampling", "enlarged"): 0.90,
    ("noise", "noise"): 0.90,
}
MOST_CLAIMED = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=30, help="drawn scenes")
    parser.add_argument("--photographs", type=Path, help="folder of lossless photographs, used besides")
    parser.add_argument("--families", help="names, separated by commas; default: all")
    parser.add_argument("--readings-alone", action="store_true", help="leave out the second table")
    arguments = parser.parse_args()
    names = None if arguments.families is None else arguments.families.split(",")
    families = [family for family in CATALOGUE if not family.needs_jpeg and (names is None or family.name in names)]
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    vectors: dict[str, list[tuple[int, str, NDArray[np.float64]]]] = defaultdict(list)
    for number, (light, hidden) in enumerate(_list_scenes(arguments.scenes, arguments.photographs)):
        for phantom in _make_phantoms(light, number, hidden):
            image = DecodedImage(phantom.label, "", 0, "PNG", phantom.pixels)
            for family in families:
                _judge(family, image, phantom, scores)
                if not arguments.readings_alone:
                    vectors[family.name].append((number, phantom.label, _measure(family, image)))
    missed = _print_scores(scores)
    if not arguments.readings_alone:
        _print_separations(families, vectors)
    sys.exit(1 if missed else 0)


def _list_scenes(n_scenes: int, photographs: Path | None) -> Iterator[tuple[phantoms.Light, tuple[str, ...]]]:
    """Scenes, and the subjects that are not known of them: a photograph has a lens and may have been sharpened."""
    for seed in range(n_scenes):
        yield phantoms.draw_scene(seed, *SIZES[seed % len(SIZES)]), ()
    for number, path in enumerate(sorted(photographs.rglob("*.png")) if photographs else []):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        rows, columns = SIZES[number % len(SIZES)]
        rows, columns = min(rows, pixels.shape[0]), min(columns, pixels.shape[1])
        yield phantoms.linearize(pixels[:rows, :columns]), ("chromatic aberration", "sharpening")


def _make_phantoms(light: phantoms.Light, seed: int, hidden: tuple[str, ...]) -> Iterator[Phantom]:
    """The scene as it is, and with one trace or a chain of them each; hidden subjects are not judged."""
    for phantom in _make_all_phantoms(light, seed):
        truths = {subject: truth for subject, truth in phantom.truths.items() if subject not in hidden}
        yield Phantom(phantom.label, phantom.pixels, truths)


def _make_all_phantoms(light: phantoms.Light, seed: int) -> Iterator[Phantom]:
    generator = np.random.default_rng(seed)
    plain = phantoms.develop(light)
    yield Phantom("untouched", plain, NOTHING)
    yield from _make_cameras(light, seed, generator)
    yield from _make_saves(plain, generator)
    factor = float(generator.uniform(1.1, 2.0))
    method = ("linear", "cubic", "lanczos")[seed % 3]
    enlarged = _crop(phantoms.resize(plain, factor, method=method), plain.shape)
    yield Phantom("enlarged 1.1-2", enlarged, NOTHING | {"resampling": factor, "sharpening": None})
    yield Phantom("reduced by 2", phantoms.resize(plain, 0.5), _leave_out("resampling"))
    sigma = float(generator.uniform(1, 15))
    noisy = phantoms.add_noise(phantoms.blur(plain, 2.0), seed, sigma)
    yield Phantom("noise 1-15", noisy, _leave_out("resampling", "sharpening") | {"noise": sigma})
    stages = 1 + seed % 3
    truths = _leave_out("resampling", "sharpening") | {"upsampling pattern": 2.0**stages}
    yield Phantom("generated", phantoms.generate(light, seed, stages=stages), truths)
    red, blue = 1 + generator.uniform(0.001, 0.003), 1 - generator.uniform(0.001, 0.003)
    spread = phantoms.develop(phantoms.spread_colours(light, red, blue))
    yield Phantom("colours spread", spread, NOTHING | {"chromatic aberration": 100 * (red - 1), "resampling": None})
    sharp = phantoms.sharpen(plain, float(generator.uniform(0.7, 2)))
    yield Phantom("sharpened", sharp, NOTHING | {"sharpening": "halos"})
    yield Phantom("line sensor", phantoms.scan(plain, seed), NOTHING | {"line pattern": "columns"})
    stretched = phantoms.stretch(plain, 20, 220)
    yield Phantom("levels stretched", stretched, NOTHING | {"levels": "comb"})


def _leave_out(*subjects: str) -> dict[str, Truth]:
    return {subject: truth for subject, truth in NOTHING.items() if subject not in subjects}


def _make_cameras(light: phantoms.Light, seed: int, generator: np.random.Generator) -> Iterator[Phantom]:
    phase = str(generator.choice(list(phantoms.PHASES)))
    truths = _leave_out("sharpening") | {"colour filter array": phase}
    for method in phantoms.DEMOSAICING:
        noisy = phantoms.add_sensor_noise(light, seed, gain=2e-4, floor=1e-3) if seed % 2 else light
        pixels = phantoms.develop(phantoms.demosaic(phantoms.sample_bayer(noisy, phase), phase, method))
        yield Phantom(f"demosaiced, {method}", pixels, truths)
    saved = phantoms.compress(pixels, 95)
    yield Phantom("camera, JPEG 95", saved, truths | {"block grid": (0, 0), "last JPEG quality": 95})
    coarse = phantoms.compress(pixels, 95, sampling="4:2:0")
    yield Phantom("camera, JPEG 95 4:2:0", coarse, {"block grid": (0, 0), "last JPEG quality": 95})


def _make_saves(plain: phantoms.Pixels, generator: np.random.Generator) -> Iterator[Phantom]:
    for sampling in ("4:4:4", "4:2:0"):
        for low, high in ((50, 90), (91, 95)):
            quality = int(generator.integers(low, high + 1))
            top, left = (int(offset) for offset in generator.integers(0, 8, 2))
            pixels = phantoms.compress(plain, quality, sampling=sampling)[top:, left:]
            truths = NOTHING | {"block grid": ((-top) % 8, (-left) % 8), "last JPEG quality": quality}
            yield Phantom(f"JPEG {low}-{high} {sampling}", np.ascontiguousarray(pixels), truths)
    first, second = int(generator.integers(50, 80)), int(generator.integers(85, 96))
    twice = phantoms.compress(phantoms.compress(plain, first), second)
    truths = NOTHING | {"block grid": (0, 0), "last JPEG quality": second, "earlier JPEG quality": first}
    yield Phantom("saved twice, 50-79 then 85-95", twice, truths)


def _crop(pixels: phantoms.Pixels, shape: tuple[int, ...]) -> phantoms.Pixels:
    top, left = ((pixels.shape[axis] - min(pixels.shape[axis], shape[axis])) // 2 for axis in (0, 1))
    return np.ascontiguousarray(pixels[top : top + shape[0], left : left + shape[1]])


def _judge(
    family: FingerprintFamily, image: DecodedImage, phantom: Phantom, scores: dict[tuple[str, str], Score]
) -> None:
    if family.read is None:
        return
    for reading in family.read(image if family.sees != "window" else image.cut(_cover(image))):
        if reading.subject in phantom.truths:
            _add(scores[reading.subject, phantom.label], reading, phantom.truths[reading.subject])


def _cover(image: DecodedImage) -> Window:
    return Window(0, 0, 0, *image.pixels.shape[:2])


def _add(score: Score, reading: Reading, truth: Truth) -> None:
    score.n += 1
    score.claimed += reading.estimate is not None and reading.strength in CLAIMED
    if truth is None:
        return
    score.with_trace = True
    score.missed += reading.estimate is None
    if reading.estimate is not None:
        judge = JUDGES.get(reading.subject, lambda found, expected: found == expected)
        score.right += bool(judge(reading.estimate, truth))
        if isinstance(truth, (int, float)):
            score.errors.append(abs(float(reading.estimate) - truth) / abs(truth))  # type: ignore[arg-type]


def _print_scores(scores: dict[tuple[str, str], Score]) -> int:
    """Print the first table; the number of goals missed."""
    missed = 0
    print(f"{'subject':22} {'phantom':32} images  right  wrong silent claimed   error")
    for subject in sorted({subject for subject, _ in scores}):
        of_subject = {label: score for (name, label), score in scores.items() if name == subject}
        for label, score in sorted(of_subject.items()):
            if score.with_trace:
                missed += _print_score(subject, label, score, _find_goal(subject, label))
        missed += _print_false_alarms(subject, {k: one for k, one in of_subject.items() if not one.with_trace})
    return missed


def _print_score(subject: str, label: str, score: Score, goal: float | None) -> bool:
    shares = [score.right / score.n, (score.n - score.right - score.missed) / score.n, score.missed / score.n]
    error = f"{np.median(score.errors):7.3f}" if score.errors else f"{'-':>7}"
    verdict = "" if goal is None else f"goal {goal:.2f}" + ("" if shares[0] >= goal else " MISSED")
    shown = " ".join(f"{share:6.3f}" for share in shares)
    print(f"{subject:22} {label:32} {score.n:6} {shown} {score.claimed / score.n:7.3f} {error} {verdict}")
    return "MISSED" in verdict


def _print_false_alarms(subject: str, without: dict[str, Score]) -> bool:
    """One line for all images without the trace, and which of them it was claimed in."""
    n, claimed = sum(score.n for score in without.values()), sum(score.claimed for score in without.values())
    if n == 0:
        return False
    where = ", ".join(f"{score.claimed} {label}" for label, score in sorted(without.items()) if score.claimed)
    verdict = "false alarms" + (f" MISSED goal {MOST_CLAIMED:.2f}" if claimed / n > MOST_CLAIMED else "")
    rest = f"{'-':>6} {'-':>6} {'-':>6} {claimed / n:7.3f} {'-':>7} {verdict}"
    print(f"{subject:22} {'all without it':32} {n:6} {rest}" + (f" ({where})" if where else ""))
    return "MISSED" in verdict


def _find_goal(subject: str, label: str) -> float | None:
    if subject == "colour filter array" and "4:2:0" in label:
        return None
    return next(
        (goal for (one, start), goal in LEAST_RIGHT.items() if subject == one and label.startswith(start)), None
    )


def _measure(family: FingerprintFamily, image: DecodedImage) -> NDArray[np.float64]:
    """Mean over the windows."""
    if family.sees != "window":
        return family.compute(image)
    return np.mean([family.compute(image.cut(window)) for window in choose_windows(*image.pixels.shape[:2])], axis=0)


def _print_separations(
    families: list[FingerprintFamily], vectors: dict[str, list[tuple[int, str, NDArray[np.float64]]]]
) -> None:
    labels = [
        label for label in dict.fromkeys(label for _, label, _ in vectors[families[0].name]) if label != "untouched"
    ]
    print(f"\n{'trace':34} " + " ".join(f"{family.name[:12]:>12}" for family in families))
    for label in labels:
        accuracies = [_separate(vectors[family.name], label) for family in families]
        print(f"{label:34} " + " ".join(f"{accuracy:12.2f}" for accuracy in accuracies))


def _separate(vectors: list[tuple[int, str, NDArray[np.float64]]], label: str) -> float:
    """Balanced accuracy on scenes that nothing was learnt from, of "has the trace" against "untouched"."""
    chosen = [entry for entry in vectors if entry[1] in (label, "untouched")]
    matrix = np.array([vector for _, _, vector in chosen])
    matrix = (matrix - matrix.mean(axis=0)) / np.maximum(matrix.std(axis=0), 1e-9)
    truth = np.array([name == label for _, name, _ in chosen])
    scenes = np.array([scene for scene, _, _ in chosen])
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3)
    found = cross_val_predict(model, matrix, truth, groups=scenes, cv=GroupKFold(min(5, len(set(scenes)))))
    return float((found[truth].mean() + (~found[~truth]).mean()) / 2)


if __name__ == "__main__":
    main()
