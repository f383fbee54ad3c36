"""Kinds of columns that the gap tables are made of."""

from __future__ import annotations

from commune_coverage.schema.inputs import BOUNDS, Column

_BOUND = {"": "", "_low": ", low", "_high": ", high"}


def share(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "share", 0, 1)


def people(name: str, sentence: str) -> Column:
    return Column(name, "number", sentence, "people", 0)


def bounded(name: str, sentence: str) -> tuple[Column, ...]:
    """A share with its low and high."""
    return tuple(share(f"{name}{bound}", f"{sentence}{_BOUND[bound]}.") for bound in BOUNDS)
