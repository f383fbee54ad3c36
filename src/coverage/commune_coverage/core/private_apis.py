"""Private names of other libraries. ``tests/core/test_private_apis.py`` says for which versions they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# numba: without its runtime a function can make no array, and counts no references to those that it is given.
WITHOUT_RUNTIME: dict[str, Any] = {"_nrt": False}


def children_of(element: Any) -> Iterator[Any]:
    """The elements directly below a branca element, in the order in which they were added."""
    yield from element._children.values()


def set_element_id(element: Any, element_id: str) -> None:
    """What the names of a branca element end in, in pages and scripts; branca draws it at random."""
    element._id = element_id


def gdal_error() -> type[Exception]:
    """What rasterio raises for an error of GDAL that it did not look for: of damaged files, in any property."""
    from rasterio._err import CPLE_BaseError

    return CPLE_BaseError
