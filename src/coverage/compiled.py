"""How inner loops are compiled: one way for all of them that allocate nothing.

What counts references to arrays is left out: it is a locked instruction for every array that a loop touches, and took
half of the time and more. Arrays come from the caller and outlive the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: Function) -> Function:
    """Compiled by numba; the function makes no array."""
    return cast(Function, njit(**_OPTIONS)(function))


def inlined(function: Function) -> Function:
    """The same, put into the functions that call it."""
    return cast(Function, njit(**_OPTIONS, inline="always")(function))
