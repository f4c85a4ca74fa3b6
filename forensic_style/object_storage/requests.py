"""One request to a server: tried again while the server fails, and errors put into words."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from forensic_style.errors import ParameterError, StorageError

SECONDS_OF_PATIENCE = 120.0  # for a server that fails, from the first failure of a request on
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds; each pause is about twice the one before

_OF_ONE_FILE = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.EINVAL, errno.ENAMETOOLONG, errno.ENOTDIR)
_OF_CREDENTIALS = (
    "AccountProblem",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "NotSignedUp",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
)
_WITHOUT_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "NoRegionError")

T = TypeVar("T")


def open_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, that of this thread, and the path in it."""
    protocol = url.split("://", 1)[0]
    try:
        import fsspec.core

        system, path = fsspec.core.url_to_fs(url, **_choose_settings(protocol))
    except ImportError as error:
        what = f"Reading {protocol}:// needs a package that is not installed here ({error})."
        message = f"{what} Install forensic_style[s3] for S3; fsspec names the package of other storage."
        raise ParameterError(message) from error
    except ValueError as error:
        message = f"{url!r} cannot be read: {error}. Name a file, a folder, or a URL such as s3://bucket/folder/."
        raise ParameterError(message) from error
    if hasattr(system, "call_s3"):
        system.retries = 1
    return system, path.rstrip("/")


def _choose_settings(protocol: str) -> dict[str, Any]:
    """Trying again is done here; other settings come from the environment and the files of fsspec and AWS."""
    import fsspec.config

    if protocol in ("file", "local"):
        return {"auto_mkdir": True}
    if protocol not in ("s3", "s3a"):
        return {}
    theirs = fsspec.config.conf.get(protocol, {}).get("config_kwargs", {})
    return {"use_listings_cache": False, "config_kwargs": {"retries": {"total_max_attempts": 1}} | theirs}


def persist(request: Callable[[], T], url: str) -> T:
    """The answer to a request, tried again with growing pauses while the server fails.

    Raises
    ------
    OSError
        for what is wrong with this object alone.
    StorageError
        where the server fails for too long or refuses the credentials.
    """
    deadline, pause = 0.0, FIRST_PAUSE
    while True:
        try:
            return request()
        except Exception as error:  # of four packages, which do not share a root
            if not _is_of_storage(error):
                raise
            if find_code(error) in _OF_CREDENTIALS or type(error).__name__ in _WITHOUT_CREDENTIALS:
                raise _say_refused(error, url) from error
            if isinstance(error, OSError) and _is_of_one_file(error):
                raise
            deadline = deadline or time.monotonic() + SECONDS_OF_PATIENCE
            if time.monotonic() + pause > deadline:
                raise _say_away(error, url) from error
        time.sleep(pause * random.uniform(0.5, 1.0))  # machines that wait together do not come back together
        pause = min(2 * pause, LONGEST_PAUSE)


def _is_of_storage(error: Exception) -> bool:
    """Whether an error is not a fault of ours."""
    return isinstance(error, OSError) or type(error).__module__.split(".")[0] not in ("builtins", "forensic_style")


def _is_of_one_file(error: OSError) -> bool:
    kinds = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
    return isinstance(error, kinds) or error.errno in _OF_ONE_FILE


def find_code(error: BaseException) -> str:
    """The server's own word for an error; "" where there is none."""
    response = getattr(error.__cause__ or error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def describe(error: BaseException) -> str:
    """An error in words, without the full stop."""
    if isinstance(error, FileNotFoundError):
        return "there is no such object"
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split()).rstrip(".")


def _say_refused(error: BaseException, url: str) -> StorageError:
    what = f"The storage of {url!r} does not accept the credentials: {describe(error)}."
    return StorageError(f"{what} Renew them and run the same command again: what was measured is kept.")


def _say_away(error: BaseException, url: str) -> StorageError:
    what = f"The storage of {url!r} has failed for {SECONDS_OF_PATIENCE:.0f} s: {describe(error)}."
    return StorageError(f"{what} Run the same command again when it is back: what was measured is kept.")
