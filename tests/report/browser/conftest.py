"""A browser, and two reports on disk: one of the sample images, one of the same with hostile names and labels."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image
from playwright import sync_api as playwright

import forensic_style as fs
from forensic_style.audit import ClaimCount, ClaimsAudit, Contradiction
from forensic_style.laundering import Fragility
from forensic_style.laundering.records import FamilySurvival, SplitSurvival
from forensic_style.report import draw_report
from tests.samples import DATA, PIPELINES, measure

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NASTY_NAME = "<img src=x onerror=alert(1)>.png"
NASTY_LABEL = '"><script>alert(1)</script>'
MARKUP = "<svg onload=alert(1)>"


@dataclass
class Watched:
    """A page and what it did: messages, errors, dialogs, and addresses asked for beside its own."""

    page: playwright.Page
    faults: list[str]


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"No browser: none of {', '.join(BROWSERS)} is installed.")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def result() -> fs.ClusterResult:
    return fs.cluster(measure(PIPELINES), content="scene")


@pytest.fixture(scope="session")
def run(result: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "run"
    result.save(folder)
    return folder


@pytest.fixture(scope="session")
def hostile(result: fs.ClusterResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose names, labels, claims and notes hold markup and formulas, and that has every section."""
    folder = tmp_path_factory.mktemp("hostile")
    with Image.open(DATA / "pipelines" / "images" / "0001.jpg") as image:
        image.save(folder / "=1+1.jpg", quality=95, comment=MARKUP.encode(), exif=_claim(MARKUP))
    shutil.copy(DATA / "pipelines" / "images" / "0002.png", folder / NASTY_NAME)
    measured = fs.extract([folder / "=1+1.jpg", folder / NASTY_NAME], families=["noise"]).images
    strange = [replace(image, path=Path(image.path).name) for image in measured]
    assert {image.path for image in strange} == {"=1+1.jpg", NASTY_NAME}
    images = [*strange, *result.table.images[2:]]
    images[2] = replace(images[2], path='@"a", b.png', notes=(NASTY_LABEL,))
    split, contents = result.joins[0], list(result.content or ())
    changed = replace(
        result,
        table=replace(result.table, images=tuple(images)),
        content=(NASTY_LABEL, *contents[1:]),
        known=(NASTY_LABEL, MARKUP, *[""] * (len(images) - 2)),
        labels=result.labels.copy(),
        audit=replace(
            result.audit,
            claims=ClaimsAudit(
                (ClaimCount(0, "camera", ((MARKUP, 4), ("", 3))),),
                (Contradiction(0, "camera", MARKUP, 1, 0, NASTY_LABEL, 2.5, f"It claims {MARKUP}."),),
            ),
            notes=(MARKUP,),
        ),
        fragility=Fragility(
            4,
            (MARKUP,),
            (0.75,),
            (FamilySurvival("noise", MARKUP, 0.3),),
            (SplitSurvival(split, MARKUP, 1.0),),
            (MARKUP,),
        ),
        settings={**result.settings, "inputs": [NASTY_NAME], "known": NASTY_LABEL},
        warnings=(NASTY_LABEL,),
    )
    changed.labels[5] = -1
    path = folder / "report.html"
    path.write_text(draw_report(changed), encoding="utf-8")
    return path


def _claim(make: str) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = make
    return exif


@pytest.fixture
def watch(browser: playwright.Browser) -> Iterator[Watched]:
    """A page that may do nothing wrong: what it did is checked at the end of every test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: _note_request(request.url, faults))
    yield Watched(page, faults)
    context.close()
    assert not faults


def _note_request(address: str, faults: list[str]) -> None:
    if not address.startswith(("data:", "blob:")) and not (
        address.startswith("file:") and address.endswith("/report.html")
    ):
        faults.append(f"request: {address}")


@pytest.fixture
def page(watch: Watched, run: Path) -> playwright.Page:
    """The report of the sample images."""
    watch.page.goto((run / "report.html").as_uri())
    return watch.page


@pytest.fixture
def hostile_page(watch: Watched, hostile: Path) -> playwright.Page:
    watch.page.goto(hostile.as_uri())
    return watch.page
