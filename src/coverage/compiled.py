"""How inner loops are compiled: one way for those that allocate nothing, one for those that make arrays.

Where nothing is allocated, what counts references to arrays is left out: it is a locked instruction for every array
that a loop touches, and took half of the time and more. Arrays come from the caller and outlive the call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar, cast

import numpy as np
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
    made.made_of = made_of(function)
    _forget_older(Path(function.__code__.co_filename), function.__qualname__, Path(made.stats.cache_path), made.made_of)
    return cast(Function, made)


def _forget_older(source: Path, name: str, kept: Path, of: str) -> None:
    """Remove indexes of what was compiled before the source was written, or of other parts than these.

    numba would read them before it sees that they are old, and fails where they name classes that are no more; and it
    does not see at all when what a function calls in another module is changed.
    """
    label = kept / f"{source.stem}.{name}.made_of"
    with suppress(OSError):
        written, same = source.stat().st_mtime, label.is_file() and label.read_text() == of
        for index in kept.glob(f"{source.stem}.{name}-*.nbi"):
            if not same or index.stat().st_mtime < written:
                index.unlink()
        if not same:
            kept.mkdir(parents=True, exist_ok=True)
            label.write_text(of)


def made_of(function: Callable[..., Any]) -> str:
    """A digest of all that is compiled into a function: its code, and what it names of its module and of others."""
    codes, names = _codes(function.__code__), function.__globals__
    said = [
        (code.co_code, [str(const) for const in code.co_consts if not isinstance(const, CodeType)]) for code in codes
    ]
    named = sorted({name for code in codes for name in code.co_names if name in names})
    return sha256(repr((said, [(name, _part(names[name])) for name in named])).encode()).hexdigest()


def _codes(code: CodeType) -> list[CodeType]:
    """The code of a function and of what it holds within."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return [code, *(each for const in inner for each in _codes(const))]


def _part(value: Any) -> str:
    """What a named thing is worth to compiled code: numbers and arrays are frozen into it, functions are called."""
    if isinstance(value, np.ndarray):
        return sha256(value.tobytes()).hexdigest() + value.dtype.str
    if isinstance(value, (bool, int, float, str, tuple, np.generic)):
        return repr(value)
    return str(getattr(value, "made_of", "") or getattr(value, "_fields", "") or getattr(value, "__name__", ""))
