"""Libraries that are only compared with: loaded when asked for, named when absent."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from commune_coverage.core.errors import MissingPeerError

_PACKAGE = {"skimage": "scikit-image"}


def peer(name: str) -> Any:
    """The module ``name``. Raises MissingPeerError when it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        package = _PACKAGE.get(name.partition(".")[0], name.partition(".")[0])
        raise MissingPeerError(
            f"the benchmark compares with {package}, which is not installed; pip install 'commune-coverage[bench]'"
        ) from error
