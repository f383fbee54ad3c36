"""Which files of a folder anybody opens, as the kernel tells it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_OPENED, _MADE, _IS_FOLDER = 0x20, 0x100, 0x40000000
_EVENT = struct.Struct("iIII")
_BYTES = 1 << 20


@contextmanager
def opened_in(*folders: Path) -> Iterator[set[str]]:
    """Names of files in the folders (not below them) that are opened or made while the block runs, known at its end.

    Programs in C are seen as well as Python. Skips where the system has no inotify.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "inotify_init1"):
        pytest.skip("only Linux tells which files are opened")
    watch = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    for folder in folders:
        assert library.inotify_add_watch(watch, os.fsencode(folder), _OPENED | _MADE) >= 0, folder
    names: set[str] = set()
    try:
        yield names
        names.update(_names(watch))
    finally:
        os.close(watch)


def _names(watch: int) -> Iterator[str]:
    while True:
        try:
            events = os.read(watch, _BYTES)
        except BlockingIOError:
            return
        at = 0
        while at < len(events):
            _, kind, _, length = _EVENT.unpack_from(events, at)
            at += _EVENT.size
            name = events[at : at + length].rstrip(b"\0").decode()
            at += length
            if name and not kind & _IS_FOLDER:
                yield name
