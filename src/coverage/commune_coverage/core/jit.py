"""How inner loops are compiled: one way for those that allocate nothing, one for those that make arrays.

Where nothing is allocated, what counts references to arrays is left out: it is a locked instruction for every array
that a loop touches, and took half of the time and more. Arrays come from the caller and outlive the call.
With NUMBA_DISABLE_JIT=1 nothing is compiled, so that a debugger or a measure of coverage sees every line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from commune_coverage.core.private_apis import WITHOUT_RUNTIME

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=tuple[Any, ...])
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_MODULES: dict[Path, str] = {}


def compiled(function: F) -> F:
    """Compiled by numba; the function makes no array."""
    return _made(function, **WITHOUT_RUNTIME)


def inlined(function: F) -> F:
    """The same, put into the functions that call it."""
    return _made(function, **WITHOUT_RUNTIME, inline="always")


def compiled_allocating(function: F) -> F:
    """Compiled by numba; the function may make arrays."""
    return _made(function)


def read_only(record: R) -> R:
    """The record with every array, also of the records in it, contiguous and not to be written to.

    A function is compiled anew for each layout of what it is given; given this there is one.
    """
    return type(record)(*(_read_only(value) for value in record))


def _read_only(value: Any) -> Any:
    if hasattr(value, "_fields"):
        return read_only(value)
    if not isinstance(value, np.ndarray):
        return value
    seen = np.ascontiguousarray(value).view()
    seen.flags.writeable = False
    return seen


def _made(function: F, **options: Any) -> F:
    made = njit(**_OPTIONS, **options)(function)
    if made is function:
        return function
    source = Path(function.__code__.co_filename)
    if source not in _MODULES:
        _MODULES[source] = _made_of(source, function.__globals__)
        _forget_others(source, Path(made.stats.cache_path))
    made.made_of = _MODULES[source]
    return cast(F, made)


def _made_of(source: Path, names: dict[str, Any]) -> str:
    """A digest of a module and of what it imports that is compiled into its functions, as of its first of them.

    A function may call those below it, so that it is of the whole module and not of what a function names.
    """
    parts = [(name, _part(value)) for name, value in sorted(names.items()) if not name.startswith("__")]
    return sha256(source.read_bytes() + repr(parts).encode()).hexdigest()


def _part(value: Any) -> str:
    """What a named thing is worth to compiled code: numbers and arrays are frozen into it, functions are called."""
    if isinstance(value, np.ndarray):
        return sha256(value.tobytes()).hexdigest() + value.dtype.str
    if isinstance(value, (bool, int, float, str, tuple, np.generic)):
        return repr(value)
    return _record_part(value) if hasattr(value, "_fields") else str(getattr(value, "made_of", ""))


def _record_part(kind: Any) -> str:
    """Where a record's class is, what its fields are called, and the same of the records among them.

    An index names all of these classes by where they are, those too that the module does not import itself.
    """
    names = vars(sys.modules[kind.__module__])
    named = (getattr(one, "__forward_arg__", one) for one in kind.__annotations__.values())
    fields = [names.get(one) for one in named if isinstance(one, str)]
    inner = [_record_part(field) for field in fields if hasattr(field, "_fields")]
    return repr((kind.__module__, kind.__qualname__, kind._fields, inner))


def _forget_others(source: Path, cache_folder: Path) -> None:
    """Remove indexes of what was compiled of another version of the module or of what it imports.

    numba would read them before it sees that they are old, and fails where they name classes that are no more; and it
    does not see at all when what a function calls in another module is changed.
    """
    label = cache_folder / f"{source.stem}.made_of"
    with suppress(OSError):
        if label.is_file() and label.read_text() == _MODULES[source]:
            return
        for index in cache_folder.glob(f"{source.stem}.*.nbi"):
            index.unlink()
        cache_folder.mkdir(parents=True, exist_ok=True)
        label.write_text(_MODULES[source])
