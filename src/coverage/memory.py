"""What a process keeps of files that every tile of a stage reads, until the stage has ended."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar, cast

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")

_FILES = 2
_FORGET: list[Callable[[], None]] = []


def read_once(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The function with its last two answers kept until ``let_go``."""
    kept = lru_cache(maxsize=_FILES)(function)
    _FORGET.append(kept.cache_clear)
    return cast("Callable[Asked, Answer]", kept)


def let_go() -> None:
    """Forget all that was kept, and hand back what is free."""
    for forget in _FORGET:
        forget()
    hand_back()


def hand_back() -> None:
    """To the system: Arrow and the C library keep freed memory unless they are asked."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
