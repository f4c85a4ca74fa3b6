"""One thread for each image: libraries that would start their own are told not to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits


def one_thread_for_algebra() -> threadpool_limits:
    """Matrices are small here: threads gain nothing, and on a busy machine they wait for each other in a loop.

    Twenty-fold on two shared processors. Sums come out the same whatever the number of processors, too.
    """
    return threadpool_limits(limits=1, user_api="blas")


@contextmanager
def one_thread_for_each_image() -> Iterator[None]:
    """Neither OpenCV nor the algebra starts threads of its own: the threads are over images."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with one_thread_for_algebra():
            yield
    finally:
        cv2.setNumThreads(before)
