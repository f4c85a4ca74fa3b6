"""Size of the report and time until it can be used, for 500, 2,000 and 5,000 images.

    python -m tests.benchmarks.report_size [--images 500 2000 5000]

The images are invented: 1,500 random columns in eight clusters, and pictures of seeded noise as thumbnails, about as
large as those of photographs. Times are of Chromium with a cold start, from the address to the first answer of the
page, then of one move of the cut, one search and one sort; the best of three.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from scipy.ndimage import gaussian_filter

from forensic_style.family import Group
from forensic_style.report import draw_report
from forensic_style.result import ClusterResult
from forensic_style.table import FamilyRecord
from tests.report import make_result
from tests.report.browser.conftest import BROWSERS

N_COLUMNS, N_CLUSTERS, SIDE = 1500, 8, 160
N_TRIES = 3


def draw_thumbnail(seed: int) -> bytes:
    """A JPEG of smooth noise, about 5 kB."""
    noise = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE, 3))
    smooth = gaussian_filter(noise, (1.6, 1.6, 0))
    pixels = np.clip(128 + 45 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80)
    return file.getvalue()


def invent_result(n_images: int) -> ClusterResult:
    """A result with thumbnails, columns and contents."""
    rng = np.random.default_rng(0)
    labels = np.sort(rng.integers(0, N_CLUSTERS, n_images))
    contents = tuple(f"content {number}" for number in rng.integers(0, 20, n_images))
    result = make_result(labels.tolist(), content=contents)
    drawn = [draw_thumbnail(seed) for seed in range(50)]
    images = tuple(
        replace(image, thumbnail=drawn[number % len(drawn)], n_bytes=int(rng.integers(1e5, 1e7)))
        for number, image in enumerate(result.table.images)
    )
    family = FamilyRecord("noise", "Noise", "acquisition", 3, (Group("level", N_COLUMNS, "value", "noise"),))
    values = rng.standard_normal((n_images, N_COLUMNS)).astype(np.float32) + labels[:, None]
    return replace(result, table=replace(result.table, images=images, families=(family,), values=values))


def measure(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def use(page: Page, address: str) -> tuple[float, float, float, float]:
    """Seconds to open a page, to move its cut, to search and to sort."""
    page.goto("about:blank")
    frames = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    count, words = page.locator("#files-count"), ""

    def open_page() -> None:
        page.goto(address)
        count.wait_for()
        page.evaluate(frames)

    def cut() -> None:
        page.locator("#cut").fill("3")
        page.evaluate(frames)

    def search() -> None:
        page.locator("#files-search").fill("cluster 1 content 7")
        page.wait_for_function("words => document.querySelector('#files-count').textContent !== words", arg=words)
        page.evaluate(frames)

    def sort() -> None:
        page.locator("#files-table thead button").nth(1).evaluate("button => button.click()")
        page.evaluate(frames)

    opened, moved = measure(open_page), measure(cut)
    words = count.inner_text()
    return opened, moved, measure(search), measure(sort)


def main() -> None:
    """Print one line for each number of images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[500, 2000, 5000])
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit(f"No browser: none of {', '.join(BROWSERS)} is installed.")
    print("images      size   drawing   opening   moving the cut   searching   sorting")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        for n_images in parser.parse_args().images:
            result = invent_result(n_images)
            start = time.perf_counter()
            html = draw_report(result)
            drawing = time.perf_counter() - start
            path = Path(folder) / "report.html"
            path.write_text(html, encoding="utf-8")
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            times = np.min([use(page, path.as_uri()) for _ in range(N_TRIES)], axis=0)
            browser.close()
            size = path.stat().st_size / 1e6
            opened, moved, searched, sorted_ = times
            print(
                f"{n_images:6,} {size:6.1f} MB {drawing:7.1f} s {opened:7.2f} s {moved:14.2f} s {searched:9.2f} s"
                f" {sorted_:7.2f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
