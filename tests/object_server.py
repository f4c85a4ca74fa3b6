"""A real S3 server on this machine (moto's) that can be told to fail."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import fsspec
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "photos"


class ObjectServer:
    """S3 over HTTP; the answers to the next requests can be set."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str]] = []  # (status, code) of the next ones; the last one stays if `is_away`
        self.is_away = False
        self.n_requests = 0
        self.requests: list[str] = []
        self._application = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if not self.answers:
            return self._application(environ, start_response)
        status, code = self.answers[0] if self.is_away else self.answers.pop(0)
        body = f"<Error><Code>{code}</Code><Message>{code} it is</Message></Error>".encode()
        start_response(f"{status} {code}", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def start(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._thread.start()

    def put(self, key: str, data: bytes, bucket: str = BUCKET) -> str:
        """Store an object; its URL."""
        fsspec.filesystem("s3").call_s3("put_object", Bucket=bucket, Key=key, Body=data)
        return f"s3://{bucket}/{key}"

    def recover(self) -> None:
        self.answers, self.is_away = [], False
        self.requests.clear()


@cache
def start_server() -> ObjectServer:
    """The one server of this process: clients keep the connections to it."""
    server = ObjectServer()
    server.start()
    return server


@contextmanager
def serve_objects() -> Iterator[ObjectServer]:
    """A server with an empty bucket that every client in this process and its children finds."""
    server = start_server()
    server.recover()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.address)
        patch.setenv("AWS_ACCESS_KEY_ID", "reader")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        urllib.request.urlopen(f"{server.address}/moto-api/reset", data=b"").close()
        fsspec.filesystem("s3").call_s3("create_bucket", Bucket=BUCKET)
        yield server
