"""Object storage: against a real S3 server that can be told to fail."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forensic_style as fs
from forensic_style.errors import ImageReadError, ImageTooLargeError, ParameterError, StorageError, TableError
from forensic_style.manifest import InputImage, list_inputs, name_folders
from forensic_style.object_storage import files, requests
from forensic_style.places import Place, fetch, is_url, open_place
from tests.object_server import BUCKET, ObjectServer, serve_objects
from tests.samples import write_image

BYTES = bytes(range(256)) * 4


@pytest.fixture(scope="module")
def running_server() -> Iterator[ObjectServer]:
    with serve_objects() as server:
        yield server


@pytest.fixture
def server(running_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    """The server in good health, and clients that lose their patience after half a second."""
    monkeypatch.setattr(requests, "SECONDS_OF_PATIENCE", 0.5)
    monkeypatch.setattr(requests, "FIRST_PAUSE", 0.01)
    running_server.recover()
    yield running_server
    running_server.recover()


def read(url: str, *, most_bytes: int = 10**9) -> bytes:
    with fetch(url, most_bytes=most_bytes) as path:
        return Path(path).read_bytes()


def forget_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next request read the environment anew."""
    choose = requests._choose_settings
    monkeypatch.setattr(requests, "_choose_settings", lambda protocol: choose(protocol) | {"skip_instance_cache": True})


# --- listing -----------------------------------------------------------------------------------------------


def test_a_prefix_is_searched_like_a_folder_without_fetching_anything(server: ObjectServer) -> None:
    for key in ("set/b.png", "set/a/c d#?%é.jpg", "set/a/.hidden.jpg", "set/.cache/d.jpg", "set/", "set2/other.png"):
        server.put(key, BYTES[:5])
    server.recover()
    expected = [
        InputImage("s3://photos/set/a/c d#?%é.jpg", "s3://photos/set/a/c d#?%é.jpg"),
        InputImage("s3://photos/set/b.png", "s3://photos/set/b.png"),
    ]
    assert list_inputs("s3://photos/set/") == list_inputs("s3://photos/set") == expected
    assert not [request for request in server.requests if request.startswith("GET /photos/")]
    assert [image.n_bytes for image in list_inputs("s3://photos/set/")] == [5, 5]
    assert name_folders(expected) == ["a", "set"]


def test_pages_of_a_listing_are_joined(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        server.put(f"paged/{number}.png", b"x")
    system = requests.open_system("s3://photos")[0]
    call = type(system).call_s3
    monkeypatch.setattr(type(system), "call_s3", lambda self, name, **named: call(self, name, MaxKeys=2, **named))
    server.recover()
    assert len(list_inputs("s3://photos/paged/")) == 5
    assert len(server.requests) == 3


def test_single_objects_and_folders_here_stand_together(server: ObjectServer, tmp_path: Path) -> None:
    one, here = server.put("single/one.png", b"x"), write_image(tmp_path / "two.png")
    assert [image.location for image in list_inputs([one, tmp_path])] == [str(here), one]


def test_the_folder_of_the_results_is_not_searched(server: ObjectServer) -> None:
    server.put("with/a.png", b"x")
    server.put("with/out/part.parquet", b"x")
    found = list_inputs("s3://photos/with", leave_out="s3://photos/with/out")
    assert [image.path for image in found] == ["s3://photos/with/a.png"]


def test_a_bucket_whole(server: ObjectServer) -> None:
    requests.open_system("s3://whole")[0].call_s3("create_bucket", Bucket="whole")
    server.put("a.png", b"x", bucket="whole")
    assert [image.path for image in list_inputs("s3://whole")] == ["s3://whole/a.png"]


@pytest.mark.parametrize("url", ["s3://photos/nowhere.png", "s3://photos/nowhere", "s3://no-such-bucket/a/"])
def test_what_is_not_there_is_said_before_any_work(server: ObjectServer, url: str) -> None:
    with pytest.raises(TableError, match=r"There is no file or folder 's3://.*'. Check the spelling"):
        list_inputs(url)


def test_an_empty_prefix_says_so(server: ObjectServer) -> None:
    server.put("empty/.hidden", b"x")
    with pytest.raises(TableError, match=r"holds no files \(hidden ones are left out\)"):
        list_inputs("s3://photos/empty/")


def test_a_listing_that_is_not_allowed_says_so(server: ObjectServer) -> None:
    server.answers = [(403, "AccessDenied")]
    with pytest.raises(TableError, match=r"'s3://photos/set/' cannot be listed: AccessDenied it is. Check that it may"):
        list_inputs("s3://photos/set/")


# --- manifests ---------------------------------------------------------------------------------------------


def make_manifest(suffix: str) -> bytes:
    rows = {"path": ["a/1.png", "../x.png", "s3://other/y.png"], "scene": ["sea", "hill", None]}
    if suffix == ".csv":
        return "\ufeffpath,scene\na/1.png,sea\n../x.png,hill\ns3://other/y.png,\n".encode()
    data = io.BytesIO()
    pq.write_table(pa.table(rows), data)
    return data.getvalue()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_manifest_at_a_url_with_paths_relative_to_it(server: ObjectServer, suffix: str) -> None:
    url = server.put(f"lists/list{suffix}", make_manifest(suffix))
    assert list_inputs(url) == [
        InputImage("../x.png", "s3://photos/x.png", {"scene": "hill"}),
        InputImage("a/1.png", "s3://photos/lists/a/1.png", {"scene": "sea"}),
        InputImage("s3://other/y.png", "s3://other/y.png", {"scene": ""}),
    ]


def test_a_manifest_that_is_not_there_says_so(server: ObjectServer) -> None:
    with pytest.raises(TableError, match=r"There is no file or folder 's3://photos/none.csv'"):
        list_inputs("s3://photos/none.csv")


# --- fetching ----------------------------------------------------------------------------------------------


def test_an_image_is_measured_as_it_is_here(server: ObjectServer, tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png")
    url, missing = server.put("measured/a.png", path.read_bytes()), "s3://photos/measured/b.png"
    (tmp_path / "list.csv").write_text(f"path\n{url}\n{missing}\n", encoding="utf-8")
    here, there = (fs.extract(name, families=["tone"]) for name in (path, tmp_path / "list.csv"))
    assert there.images[0].sha256 == here.images[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert there.values.tobytes() == here.values.tobytes()
    (skipped,) = there.skipped
    assert (there.paths, skipped.path, skipped.reason) == ([url], missing, "unreadable")
    assert skipped.message == (
        "The object cannot be read: there is no such object. Check that it exists and may be read."
    )


@pytest.mark.parametrize("n_bytes", [0, 99, 100, 101, 299, 300, 301])
def test_objects_come_in_chunks_and_whole(server: ObjectServer, monkeypatch: pytest.MonkeyPatch, n_bytes: int) -> None:
    monkeypatch.setattr(files, "CHUNK", 100)
    url = server.put("chunks/a.bin", BYTES[:n_bytes])
    server.recover()
    assert read(url) == BYTES[:n_bytes]
    assert len([request for request in server.requests if request.startswith("GET")]) == max(1, -(-n_bytes // 100))


def test_too_large_an_object_is_refused_before_it_is_fetched(
    server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK", 100)
    url = server.put("large/a.bin", BYTES)
    server.recover()
    with pytest.raises(ImageTooLargeError, match="1024 bytes are more than the limit of 250"):
        read(url, most_bytes=250)
    assert len(server.requests) == 2  # the first chunk, and the size


def test_nothing_temporary_is_left(server: ObjectServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    url = server.put("temporary/a.bin", BYTES)
    read(url)
    with pytest.raises(ImageReadError):
        read("s3://photos/none")
    assert os.listdir(tmp_path) == []


def test_no_room_for_the_copy_ends_in_a_sentence(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.put("room/a.bin", BYTES)
    monkeypatch.setattr(tempfile, "mkstemp", lambda prefix: (os.open("/dev/full", os.O_WRONLY), url))
    monkeypatch.setattr(files.os, "unlink", lambda path: None)
    with pytest.raises(
        StorageError, match=r"cannot be written to .*: No space left on device. Make room, or set TMPDIR"
    ):
        read(url)


# --- servers that fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown"), (429, "TooManyRequests")])
def test_a_server_that_fails_for_a_while_is_waited_for(server: ObjectServer, status: int, code: str) -> None:
    url = server.put("patience/a.bin", BYTES)
    server.answers = [(status, code)] * 3
    assert read(url) == BYTES
    server.answers = [(status, code)] * 3
    assert len(list_inputs("s3://photos/patience/")) == 1


def test_a_server_that_stays_away_ends_the_run_and_skips_nothing(server: ObjectServer, tmp_path: Path) -> None:
    url = server.put("away/a.png", write_image(tmp_path / "a.png").read_bytes())
    images = list_inputs(url)
    server.answers, server.is_away = [(500, "InternalError")], True
    message = (
        "The storage of 's3://photos/away/a.png' has failed for 0 s: InternalError it is. "
        "Run the same command again when it is back: what was measured is kept."
    )
    with pytest.raises(StorageError) as caught:
        fs.extract(images, families=["tone"])
    assert str(caught.value) == message
    assert len(server.requests) > 4


def test_a_server_that_is_not_there(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget_servers(monkeypatch)
    with pytest.raises(StorageError, match=r"has failed for 0 s: Could not connect to the endpoint URL"):
        read("s3://photos/a.png")


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_refused_credentials_end_the_run_at_once(server: ObjectServer, code: str) -> None:
    server.answers, server.is_away = [(403, code)], True
    with pytest.raises(StorageError, match=f"does not accept the credentials: {code} it is. Renew them"):
        read("s3://photos/a.png")
    assert len(server.requests) == 1


def test_without_credentials(server: ObjectServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    forget_servers(monkeypatch)
    with pytest.raises(StorageError, match="does not accept the credentials: Unable to locate credentials"):
        read("s3://photos/a.png")


def test_an_object_that_may_not_be_read_is_its_own_problem(server: ObjectServer) -> None:
    server.answers = [(403, "AccessDenied")]
    with pytest.raises(ImageReadError, match="cannot be read: AccessDenied it is") as caught:
        read("s3://photos/a.png")
    assert caught.value.reason == "unreadable"


def test_faults_of_ours_are_not_taken_for_those_of_servers() -> None:
    with pytest.raises(ZeroDivisionError):
        requests.persist(lambda: 1 // 0, "s3://photos/a.png")


# --- places ------------------------------------------------------------------------------------------------


@pytest.fixture(params=["s3://photos/store", "memory://store"])
def place(request: pytest.FixtureRequest, server: ObjectServer) -> Place:
    place = open_place(request.param)
    for name in place.list():
        place.delete(name)
    return place


def test_a_place_keeps_files(place: Place) -> None:
    assert place.list() == []
    for name, data in (("b.parquet", b"1"), ("a.parquet", b"2"), ("a.parquet", BYTES), (".hidden", b"")):
        place.write(name, data)
    assert place.list() == ["a.parquet", "b.parquet"]
    place.delete("b.parquet")
    place.delete("b.parquet")
    assert place.list() == ["a.parquet"]


def test_files_are_read_at_any_position(place: Place) -> None:
    place.write("a.bin", BYTES)
    with place.open("a.bin") as file:
        assert (file.read(3), file.seek(-2, os.SEEK_END), file.read()) == (BYTES[:3], 1022, BYTES[-2:])
        assert (file.seek(0), file.read(), file.read(1)) == (0, BYTES, b"")
    place.write("t.parquet", make_manifest(".parquet"))
    with place.open("t.parquet") as file:
        assert pq.read_table(file).num_rows == 3
    with pytest.raises(FileNotFoundError):
        place.open("none")


def test_a_part_is_one_request_so_it_is_whole_or_not_there(server: ObjectServer) -> None:
    place = open_place("s3://photos/parts")
    place.write("a.parquet", bytes(20_000_000))
    assert server.requests == [f"PUT /{BUCKET}/parts/a.parquet"]


def test_a_place_waits_for_its_server_and_says_when_it_may_not_write(server: ObjectServer) -> None:
    place = open_place("s3://photos/waiting/")
    server.answers = [(503, "SlowDown")] * 3
    place.write("a.bin", BYTES)
    server.answers = [(403, "AccessDenied")]
    with pytest.raises(StorageError, match="folder 's3://photos/waiting' cannot be used: AccessDenied it is"):
        place.write("a.bin", b"")
    assert place.open("a.bin").read() == BYTES


# --- what is not installed ---------------------------------------------------------------------------------


def test_a_url_that_nobody_knows() -> None:
    with pytest.raises(ParameterError, match=r"'foo://x' cannot be read: Protocol not known: foo. Name a file"):
        list_inputs("foo://x")


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ParameterError, match=r"gs:// needs a package .*gcsfs.*Install forensic_style\[s3\] for S3"):
        open_place("gs://bucket/folder")


def test_only_urls_are_urls() -> None:
    assert [is_url(name) for name in ("s3://a/b", "a/b", "C:\\a", Path("a"))] == [True, False, False, False]
