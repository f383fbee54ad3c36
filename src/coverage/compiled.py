"""How inner loops are compiled: one way for those that allocate nothing, one for those that make arrays.

Where nothing is allocated, what counts references to arrays is left out: it is a locked instruction for every array
that a loop touches, and took half of the time and more. Arrays come from the caller and outlive the call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """Compiled by numba; the function makes no array."""
    return _made(function, _nrt=False)


def inlined(function: Function) -> Function:
    """The same, put into the functions that call it."""
    return _made(function, _nrt=False, inline="always")


def compiled_allocating(function: Function) -> Function:
    """Compiled by numba; the function may make arrays."""
    return _made(function)


def _made(function: Function, **options: Any) -> Function:
    made = njit(**_OPTIONS, **options)(function)
    _forget_older(Path(function.__code__.co_filename), function.__qualname__, Path(made.stats.cache_path))
    return cast(Function, made)


def _forget_older(source: Path, name: str, kept: Path) -> None:
    """Remove indexes of what was compiled before the source was written.

    numba would read them before it sees that they are old, and fails where they name classes that are no more.
    """
    with suppress(OSError):
        written = source.stat().st_mtime
        for index in kept.glob(f"{source.stem}.{name}-*.nbi"):
            if index.stat().st_mtime < written:
                index.unlink()
