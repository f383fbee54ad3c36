"""Lets numba import and compile beside this package.

numba looks for coverage.py under the import name ``coverage`` and, finding a package of that name, asks it whether
lines are being traced and takes these names from its ``types`` module. Nothing is ever traced.
"""

from __future__ import annotations

from typing import Any, TypeAlias


class Coverage:
    """Stands in for coverage.py's class: nobody is tracing."""

    @staticmethod
    def current() -> None:
        """No tracer is at work."""


class Tracer:
    """Stands in for coverage.py's class."""


class TFileDisposition:
    """Stands in for coverage.py's class."""


class TShouldStartContextFn:
    """Stands in for coverage.py's class."""


class TTraceFn:
    """Stands in for coverage.py's class."""


TTraceData: TypeAlias = Any
TShouldTraceFn: TypeAlias = Any
TWarnFn: TypeAlias = Any
