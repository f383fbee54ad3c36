"""Commune-level gaps in high-speed internet and last-mile delivery, from files to maps."""

# numba looks both up here, taking this package for coverage.py of the same import name.
from coverage import types as types
from coverage.types import Coverage as Coverage

__version__ = "0.1.0"
