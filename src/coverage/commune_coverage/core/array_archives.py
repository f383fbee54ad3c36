"""Arrays, and records of arrays, under their names in one NumPy archive."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commune_coverage.core.files import write_arrays
from commune_coverage.core.scale import UNSCALED, Scale

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


def read_scale(source: Path) -> Scale:
    """Read the scale of an archive that holds one; distances are taken as they are where there is none."""
    if not source.is_file():
        return UNSCALED
    of = record_fields(read_fields(source), "scale", Scale)
    corner = float(of["west_m"]), float(of["south_m"])
    return Scale(of["true_per_m"], *corner, float(of["cell_m"]), of["strip_ends_m"])
