"""Arrays, and records of arrays, under their names in one NumPy archive."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commune_coverage.core.files import write_arrays

Arrays = dict[str, Any]


def write_fields(target: Path, **records: Any) -> None:
    """Write arrays and records of arrays, under their names, as one NumPy archive."""
    flat: Arrays = {}
    for name, record in records.items():
        own = _field_names(record)
        flat |= {f"{name}.{field}": getattr(record, field) for field in own} if own else {name: record}
    write_arrays(target, lambda stream: np.savez(stream, **flat))


def _field_names(record: Any) -> tuple[str, ...]:
    """Fields of a dataclass or a named tuple, or of its class; none of anything else."""
    if is_dataclass(record):
        return tuple(field.name for field in fields(record))
    names: tuple[str, ...] = getattr(record, "_fields", ())
    return names


def read_fields(source: Path) -> Arrays:
    """Read all arrays of an archive, by name."""
    with np.load(source) as archive:
        return {name: archive[name] for name in archive.files}


def record_fields(arrays: Arrays, name: str, kind: type) -> Arrays:
    """The fields of a record of that kind which was written under that name."""
    return {field: arrays[f"{name}.{field}"] for field in _field_names(kind)}
