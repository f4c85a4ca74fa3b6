"""Measuring on a cluster: a real one of two workers, and a stand-in for what would take a real one minutes."""

from __future__ import annotations

import gc
import json
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker

from forensic_style.engines import batches, choose_engine, connection, dask, worker
from forensic_style.engines.batches import Batch, form_batches
from forensic_style.engines.connection import Connection
from forensic_style.engines.dask import DaskEngine
from forensic_style.engines.threads import ThreadEngine
from forensic_style.engines.worker import close_readers, find_mismatch, list_versions, measure_batch
from forensic_style.errors import ClusterError, ParameterError, ReaderError
from forensic_style.families import choose_families
from forensic_style.manifest import InputImage, list_inputs
from forensic_style.measuring import Outcome, Plan, Task
from forensic_style.object_storage import requests
from forensic_style.reading import ReadingRules
from forensic_style.store.codec import encode_outcome
from forensic_style.table import SkippedImage
from tests.engines.cluster import Cluster, run_cluster
from tests.object_server import ObjectServer, serve_objects
from tests.samples import write_image

PLAN = Plan(choose_families(["tone"]))

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Dask leaves sockets of lost connections open


@pytest.fixture(scope="module", autouse=True)
def close_sockets() -> Iterator[None]:
    """Leave none of them to the tests that follow."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def objects() -> Iterator[ObjectServer]:
    with serve_objects() as server:
        yield server


@pytest.fixture(scope="module")
def cluster(objects: ObjectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with run_cluster(tmp_path_factory.mktemp("cluster"), n_workers=2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def tasks(objects: ObjectServer, tmp_path_factory: pytest.TempPathFactory) -> list[Task]:
    """36 images here, 4 on object storage, a damaged one, one that is not there, one that is no file."""
    folder = tmp_path_factory.mktemp("images")
    for seed in range(36):
        write_image(folder / f"{seed}.png", seed=seed)
    (folder / "damaged.png").write_bytes((folder / "0.png").read_bytes()[:-100])
    for number in range(4):
        objects.put(f"cluster/{number}.png", (folder / f"{number}.png").read_bytes())
    found = list_inputs([folder, "s3://photos/cluster/"])
    missing = InputImage("missing.png", str(folder / "missing.png"))
    return [Task(image) for image in (*found, missing, InputImage("odd.png", "odd.png", problem="It is odd."))]


def encode(outcomes: Iterator[Outcome]) -> list[bytes]:
    return sorted(map(encode_outcome, outcomes))


@pytest.fixture(scope="module")
def expected(tasks: list[Task]) -> list[bytes]:
    return encode(ThreadEngine(2).measure(tasks, PLAN))


# --- a real cluster ----------------------------------------------------------------------------------------


def test_a_worker_killed_in_mid_run_costs_nothing(cluster: Cluster, tasks: list[Task], expected: list[bytes]) -> None:
    outcomes = DaskEngine(cluster.address).measure(tasks, PLAN)
    first = next(outcomes)
    doomed = cluster.workers[0]
    doomed.kill()  # with it goes what it has done and not handed over, and what is under way
    assert encode(iter([first, *outcomes])) == expected
    assert doomed.wait() == -signal.SIGKILL


def test_a_scheduler_restarted_in_mid_run_costs_nothing(
    cluster: Cluster, tasks: list[Task], expected: list[bytes]
) -> None:
    messages: list[str] = []
    outcomes = DaskEngine(cluster.address, notify=messages.append).measure(tasks, PLAN)
    first = next(outcomes)
    cluster.restart(n_workers=1)
    assert encode(iter([first, *outcomes])) == expected
    assert messages[0].startswith(f"The connection to the scheduler {cluster.address} is lost: trying again for 600 s.")
    assert messages[-1] == f"The scheduler {cluster.address} answers again."


def test_a_large_plan_is_left_on_the_cluster(cluster: Cluster, tasks: list[Task], expected: list[bytes]) -> None:
    plan = replace(PLAN, orphans=frozenset(f"{number:064x}" for number in range(3000)))
    assert encode(DaskEngine(cluster.address).measure(tasks, plan)) == expected


def test_readers_are_gone_when_the_run_is_over(cluster: Cluster, tasks: list[Task]) -> None:
    import psutil

    list(DaskEngine(cluster.address).measure(tasks[:4], PLAN))
    assert psutil.Process(cluster.workers[-1].pid).children(recursive=True) == []


def test_only_so_many_tasks_are_taken_ahead(cluster: Cluster, tasks: list[Task]) -> None:
    taken: list[Task] = []

    def take() -> Iterator[Task]:
        for task in tasks * 3:
            taken.append(task)
            yield task

    outcomes = DaskEngine(cluster.address).measure(take(), PLAN)
    next(outcomes)
    n_threads = sum(process.poll() is None for process in cluster.workers)
    assert len(taken) <= (n_threads * dask.BATCHES_PER_THREAD + 2) * 2 * batches.FIRST_FILES
    outcomes.close()


def pretend(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]) -> None:
    """Let this machine have other versions than it has."""
    begin = Connection.__init__

    def begin_with_versions(self: Connection, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        self.versions |= versions

    monkeypatch.setattr(Connection, "__init__", begin_with_versions)


def test_another_version_on_a_worker_is_an_error_before_any_work(
    cluster: Cluster, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, {"the family tone": "99"})
    with pytest.raises(ClusterError) as caught:
        next(DaskEngine(cluster.address).measure(tasks, PLAN))
    (version,) = (family.version for family in PLAN.families)
    assert f" does not fit: it has the family tone {version}, and this machine 99. Install the same" in str(
        caught.value
    )


def test_a_worker_that_comes_later_compares_versions_too(
    cluster: Cluster, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, {"the family tone": "99"})
    monkeypatch.setattr(Connection, "_check", lambda self, workers: None)
    with pytest.raises(ClusterError, match=r"The worker tcp://.* does not fit: it has the family tone \d+, and this"):
        next(DaskEngine(cluster.address).measure(tasks, PLAN))


def test_other_libraries_on_a_worker_are_told_of(
    cluster: Cluster, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    pretend(monkeypatch, {"numpy": "1.0"})
    assert len(list(DaskEngine(cluster.address, notify=messages.append).measure(tasks[:1], PLAN))) == 1
    assert "has numpy" in messages[0]
    assert "and this machine 1.0: values may differ" in messages[0]


def test_files_that_a_worker_does_not_see_are_an_error_and_not_skipped(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_here = str(tmp_path / "a.png")
    monkeypatch.setattr(dask.os.path, "lexists", lambda path: path == only_here)
    task = Task(InputImage("a.png", only_here))
    with pytest.raises(ClusterError, match=r"A worker does not see the file '.*a.png', which is there on this machine"):
        list(DaskEngine(cluster.address).measure([task], PLAN))


def test_a_storage_that_fails_ends_the_run_in_a_sentence(cluster: Cluster, objects: ObjectServer) -> None:
    objects.answers, objects.is_away = [(403, "ExpiredToken")], True
    task = Task(InputImage("a.png", "s3://photos/cluster/0.png"))
    try:
        with pytest.raises(requests.StorageError, match=r"does not accept the credentials.*\(So says the worker tcp:"):
            list(DaskEngine(cluster.address).measure([task], PLAN))
    finally:
        objects.recover()


def test_a_fault_on_a_worker_reaches_the_one_who_asks(cluster: Cluster, tasks: list[Task]) -> None:
    faulty = replace(PLAN.families[0], measure=json.loads)
    with pytest.raises(
        RuntimeError, match=r"(?s)A fault of ours on the worker tcp://.*must be str, bytes or bytearray"
    ):
        list(DaskEngine(cluster.address).measure(tasks[:1], replace(PLAN, families=(faulty,))))


def test_a_scheduler_that_stays_away_ends_the_run_in_a_sentence(
    tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(connection, "SECONDS_TO_ANSWER", 0.2)
    lonely, messages = Cluster(tmp_path), list[str]()

    def notify(message: str) -> None:
        messages.append(message)
        lonely.stop()

    try:
        with pytest.raises(ClusterError, match=r"tcp://.* has been gone for 1 s. What was measured is kept: run the"):
            next(DaskEngine(lonely.address, notify=notify, patience=1).measure(tasks, PLAN))
    finally:
        lonely.stop()
    assert messages[0] == f"The scheduler {lonely.address} has no workers: waiting for 1 s."
    with pytest.raises(ClusterError, match=r"No Dask scheduler answers at 'tcp://.* Check the address"):
        next(DaskEngine(lonely.address).measure(tasks, PLAN))


# --- what takes a real cluster too long --------------------------------------------------------------------


class StandIn:
    """Has batches measured at once by a function of the batch; two threads."""

    def __init__(self, measure: Callable[[Batch], Any]) -> None:
        self.n_threads = 2
        self.measure = measure
        self.sent: list[Batch] = []
        self.seen: list[list[str]] = []

    @property
    def under_way(self) -> int:
        return len(self.sent)

    def send(self, batch: Batch) -> None:
        self.sent.append(batch)
        assert not any(other.is_alone for other in self.sent) or len(self.sent) == 1

    def collect(self) -> tuple[Batch, Any]:
        batch = self.sent.pop(0)
        self.seen.append([task.image.path for task in batch.tasks])
        return batch, self.measure(batch)


def list_tasks(n: int) -> list[Task]:
    return [Task(InputImage(f"{number}.png", f"/{number}.png", n_bytes=1)) for number in range(n)]


def skip(batch: Batch) -> list[bytes]:
    return [encode_outcome(SkippedImage(task.image.path, "unreadable", "")) for task in batch.tasks]


def run(stand_in: StandIn, tasks: Sequence[Task]) -> dict[str, str]:
    """Path -> reason of what came of tasks."""
    outcomes = list(dask._Measurement(stand_in, tasks).run())  # type: ignore[arg-type]
    assert len(outcomes) == len(tasks)
    return {outcome.path: outcome.reason for outcome in outcomes if isinstance(outcome, SkippedImage)}


def kill(batch: Batch) -> KilledWorker:
    return KilledWorker(batch.tasks[0].image.path, None, 3)  # type: ignore[arg-type]


def test_a_file_that_ends_its_workers_is_skipped_and_its_neighbours_are_not() -> None:
    stand_in = StandIn(
        lambda batch: kill(batch) if "7.png" in {task.image.path for task in batch.tasks} else skip(batch)
    )
    reasons = run(stand_in, list_tasks(40))
    assert reasons == {f"{number}.png": "unreadable" for number in range(40)} | {"7.png": "crashed"}
    assert stand_in.seen.count(["7.png"]) == 2  # among others, and alone


def test_who_only_stood_beside_a_killer_is_measured_alone() -> None:
    def measure(batch: Batch) -> Any:
        is_killer = batch.tasks[0].image.path == "1.png"
        return kill(batch) if is_killer or not batch.is_alone else skip(batch)  # a worker dies whatever it measures

    reasons = run(StandIn(measure), list_tasks(9))
    assert [path for path, reason in reasons.items() if reason == "crashed"] == ["1.png"]


def test_files_missing_here_and_there_are_skipped() -> None:
    stand_in = StandIn(lambda batch: skip(batch) if batch.is_sure else [])
    assert set(run(stand_in, list_tasks(9)).values()) == {"unreadable"}


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ModuleNotFoundError("No module named 'cv2'"), ClusterError, "cannot load what it needs .*'cv2'.* Install the"),
        (RuntimeError("Error during deserialization of the graph"), ClusterError, "Install the same version"),
        (ReaderError("No process"), ReaderError, "No process"),
        (ZeroDivisionError("a fault of ours"), ZeroDivisionError, "a fault of ours"),
    ],
)
def test_errors_of_workers(error: Exception, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        run(StandIn(lambda batch: error), list_tasks(2))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            ModuleNotFoundError("No module named 'forensic_style'"),
            r"The worker tcp://1 cannot load forensic_style \(No",
        ),
        (
            {"forensic_style": "0.1.0"},
            r"The worker tcp://1 does not fit: it has forensic_style 0.1.0, and this machine",
        ),
    ],
)
def test_workers_without_the_package(answer: Any, message: str) -> None:
    class Client:
        def run(self, *arguments: Any, **named: Any) -> dict[str, Any]:
            return {"tcp://0": OSError("it has left"), "tcp://1": answer}

    made = Connection("tcp://0", PLAN, notify=print, patience=1)
    made._client = Client()
    with pytest.raises(ClusterError, match=message):
        made._check(["tcp://0", "tcp://1"])


# --- batches, and measuring one ----------------------------------------------------------------------------


def count_files(formed: Iterator[Batch]) -> list[int]:
    return [len(batch.tasks) for batch in formed]


def test_batches_grow() -> None:
    assert count_files(form_batches(list_tasks(100), lambda: 1)) == [4, 4, 8, 8, 16, 16, 32, 12]
    assert max(count_files(form_batches(list_tasks(1000), lambda: 1))) == 64
    assert count_files(form_batches(list_tasks(30), lambda: 4)) == [4] * 7 + [2]


def test_batches_are_of_so_many_bytes(tmp_path: Path) -> None:
    sizes = [20, 20, 5, 50, 1, 16, 16]
    tasks = [Task(InputImage(str(size), "/a", n_bytes=size * 1_000_000)) for size in sizes]
    formed = [[int(task.image.path) for task in batch.tasks] for batch in form_batches(tasks, lambda: 1)]
    assert formed == [[20], [20, 5], [50], [1, 16], [16]]
    (tmp_path / "a").write_bytes(bytes(20_000_000))
    unknown = [Task(InputImage("a", str(tmp_path / "a"))), Task(InputImage("b", "s3://b"))] * 2
    assert count_files(form_batches(unknown, lambda: 1)) == [2, 2]


def test_locations_do_not_depend_on_where_a_worker_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = [Task(InputImage("a.png", name)) for name in ("a.png", "/a.png", "s3://b/a.png")]
    (batch,) = form_batches(named, lambda: 1)
    assert [task.image.location for task in batch.tasks] == [str(tmp_path / "a.png"), "/a.png", "s3://b/a.png"]
    assert [task.image.path for task in batch.tasks] == ["a.png"] * 3


def test_a_batch_is_measured_in_its_order_and_readers_are_kept(
    tasks: list[Task], expected: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_READERS", worker._Readers())
    outcomes = [outcome for part in (tasks[:20], tasks[20:]) for outcome in measure_batch(part, PLAN)]
    assert sorted(outcomes) == expected
    assert [task.image.path.encode() in outcome for task, outcome in zip(tasks, outcomes, strict=True)] == [True] * 43
    (reader,) = worker._READERS.idle[PLAN.rules, True]
    assert reader._process.poll() is None  # type: ignore[union-attr]
    close_readers()
    assert reader._process is None  # type: ignore[union-attr]
    assert worker._READERS.idle == {}


def test_a_reader_that_is_lent_is_closed_when_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_READERS", worker._Readers())
    with worker._lend_reader(replace(PLAN, rules=ReadingRules(seconds=7))):
        close_readers()
    assert worker._READERS.idle == {}


def test_versions_that_must_agree() -> None:
    ours = list_versions(["tone"])
    assert set(ours) >= {"forensic_style", "the family tone", "numpy"}
    assert find_mismatch(ours | {"numpy": "0"}, ours) == ""
    assert find_mismatch(ours | {"the family tone": ""}, ours).startswith("it has the family tone in no version, and")


# --- asking for it -----------------------------------------------------------------------------------------


def test_the_engine_is_chosen_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(choose_engine("dask", scheduler="tcp://a:1"), DaskEngine)
    monkeypatch.setattr(dask.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r"needs Dask, which is not installed. Install forensic_style\[dask\]"):
        choose_engine("dask", scheduler="tcp://a:1")


def test_messages_are_warnings_where_nobody_takes_them() -> None:
    with pytest.warns(UserWarning, match="the scheduler is gone"):
        DaskEngine("tcp://a:1").notify("the scheduler is gone")
