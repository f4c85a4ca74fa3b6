"""The committed sample images, and small ones made on the spot."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

import forensic_style as fs

DATA = Path(__file__).parent.parent / "data_samples"
PIPELINES = DATA / "pipelines" / "index.csv"
RENDERINGS = DATA / "renderings" / "index.csv"


@cache
def measure(manifest: Path) -> fs.FingerprintTable:
    """Fingerprints of a sample set, measured once per test run."""
    return fs.extract(manifest)


def write_image(path: Path, *, seed: int = 0, side: int = 64, sigma: float = 20.0) -> Path:
    """A grey PNG of seeded noise on a ramp."""
    rng = np.random.default_rng(seed)
    plane = np.linspace(60, 180, side)[:, None] + rng.normal(0, sigma, (side, side))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(np.rint(plane), 0, 255).astype(np.uint8)).save(path)
    return path
