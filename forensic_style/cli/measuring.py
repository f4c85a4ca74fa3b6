"""What `cluster` and `extract` share: inputs measured into a folder, so that whoever is interrupted goes on there."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from forensic_style.cli.console import show_progress
from forensic_style.writing import FINISHED, LOG

if TYPE_CHECKING:
    from forensic_style.engines import Engine
    from forensic_style.manifest import InputImage
    from forensic_style.measuring import Plan
    from forensic_style.store import FingerprintStore


@dataclass(frozen=True)
class Measuring:
    """How inputs are measured: who does it, and how many are searched at most."""

    engine: str
    scheduler: str | None
    jobs: int | None
    sample: int


@contextmanager
def begin_engine(how: Measuring, n_images: int) -> Iterator[Engine]:
    """The engine; where there is much to do, a process begins to load kernels before this one has loaded anything."""
    from forensic_style.engines import choose_engine
    from forensic_style.engines.nursery import CAN_COPY, FEW, Nursery

    with ExitStack() as stack:
        is_much = how.engine == "threads" and CAN_COPY and n_images > FEW
        nursery = stack.enter_context(Nursery()) if is_much else None
        yield choose_engine(how.engine, jobs=how.jobs, scheduler=how.scheduler, nursery=nursery)


@contextmanager
def measure_into(
    out: str,
    images: Sequence[InputImage],
    plan: Plan,
    how: Measuring,
    engine: Engine,
    *,
    force: bool,
    keep_others: bool,
    is_private: bool = False,
) -> Iterator[FingerprintStore]:
    """Measure what a folder does not have yet; inside, the folder is locked and holds all inputs that can be measured.

    Ctrl-C and a request to end stop the command with a sentence and exit code 130 or 143; the same command goes on.
    """
    from forensic_style.extraction import extract_to
    from forensic_style.places import is_url
    from forensic_style.store import FingerprintStore

    log = RunLog(None if is_url(out) else os.path.join(out, LOG))
    with FingerprintStore(
        _join(out, "fingerprints"), plan, renew=force, on_part=lambda part: log.write("part", **asdict(part))
    ) as store:
        log.write("start", inputs=len(images), families=[family.name for family in store.plan.families])
        is_done, spent = False, _read_cpu_seconds()
        try:
            with _end_on_request():
                with show_progress(len(images), reasons=store.reasons) as progress:
                    extract_to(
                        store,
                        images,
                        engine=engine,
                        most_searched=how.sample,
                        progress=progress,
                        keep_others=keep_others,
                        before_tidying=lambda: _unfinish(out) if force and not keep_others else None,
                    )
                skipped = dict(sorted(store.reasons.items()))
                cost = {} if how.engine != "threads" else _describe_cost(_read_cpu_seconds() - spent)
                log.write("measured", measured=store.n_measured, known_before=store.n_known, skipped=skipped, **cost)
                yield store
            is_done = True
            log.write("end")
        except KeyboardInterrupt as stop:
            done = store.n_measured + len(store.skipped)
            log.write("interrupted", done=done, measured=store.n_measured, skipped=dict(store.reasons))
            print(
                f"forensic-style: Interrupted after {done:,} of {len(images):,} files. What was measured is kept: give "
                "the same command again to go on.",
                file=sys.stderr,
            )
            raise typer.Exit(stop.args[0] if stop.args else 130) from None
        finally:
            if is_private and not is_done:
                print(
                    f"! Until the command has come to its end, {out} names the files and shows them.", file=sys.stderr
                )


def _unfinish(out: str) -> None:
    """Let a folder whose fingerprints are about to change no longer count as a finished result."""
    from forensic_style.places import open_place

    open_place(out).delete(FINISHED)


def _join(out: str, name: str) -> str:
    return f"{out.rstrip('/')}/{name}" if "://" in out else os.path.join(out, name)


class RunLog:
    """One JSON object per line: what happened when, for programs that watch long jobs. No names of files.

    Parameters
    ----------
    path : of the file, which is added to; None for none
    """

    def __init__(self, path: str | None) -> None:
        self.path = path
        self._start = time.monotonic()

    def write(self, event: str, **facts: Any) -> None:
        """Add a line. A log that cannot be written stops nothing."""
        if self.path is None:
            return
        line: Mapping[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            "elapsed": round(time.monotonic() - self._start, 1),
            **facts,
        }
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError:
            self.path = None


def _read_cpu_seconds() -> float:
    """Processor time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _describe_cost(cpu_seconds: float) -> dict[str, Any]:
    """What measuring took on this machine; the memory is that of the largest process, not known on Windows."""
    cost: dict[str, Any] = {"cpu_seconds": round(cpu_seconds, 3)}
    if sys.platform == "win32":
        return cost
    import resource

    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return cost | {"peak_memory_bytes": peak if sys.platform == "darwin" else peak * 1024}


@contextmanager
def _end_on_request() -> Iterator[None]:
    """Let a request to end (SIGTERM, as batch systems send it) do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(143)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
