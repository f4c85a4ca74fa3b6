"""Decoders for reading processes of the tests: files that start with these words hang, crash or swallow memory.

They take the place of the decoder of portable maps, whose files may hold a comment: `P5 #HANG`.
"""

from __future__ import annotations

import ctypes
import os
import signal

from forensic_style import reading
from forensic_style.reading.pillow_pixels import decode_with_pillow
from forensic_style.reading.task import Picture, ReadingTask

HANG, CRASH, ABORT, SWALLOW, CRASH_ONCE, LEAVE = b"#HANG", b"#CRASH", b"#ABORT", b"#SWALLOW", b"#CRASH-ONCE", b"#LEAVE"


def decode_hostile(task: ReadingTask) -> Picture:
    """Do what the comment says, as native code would: no Python exception, no signal handled."""
    start = task.data.split(b"\n", 1)[0]
    if CRASH_ONCE in start:
        mark = start.split(b" ", 2)[2]
        if not os.path.exists(mark):
            with open(mark, "wb"):
                os.kill(os.getpid(), signal.SIGBUS)
    elif CRASH in start:
        ctypes.string_at(0)
    elif HANG in start:
        ctypes.PyDLL(None).sleep(1000)  # holds the interpreter's lock, as a decoder in a loop may
    elif ABORT in start:
        ctypes.CDLL(None).abort()
    elif LEAVE in start:
        os._exit(0)
    elif SWALLOW in start:
        bytearray(1 << 34)  # untouched: only the limit of the address space refuses it
    return decode_with_pillow(task)


reading.DECODERS["PNM"] = decode_hostile
