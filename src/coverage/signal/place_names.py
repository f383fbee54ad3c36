"""Names of what is known of a place as yes or no, in the order of the fields that hold it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coverage.tables import CHOICES, PLACE_BOUNDS, TECHNOLOGIES

Field = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WHERE = ("outdoor", "in_vehicle", "indoor")
SERVED = ("served", "served_indoor", "edge_served")


def covered_column(where: str, operator: int | None, technology: str, bound: str = "") -> str:
    """Name of a coverage flag; ``operator`` None for any of them."""
    who = "any" if operator is None else str(operator)
    return f"{where}_{who}_{technology}{bound}"


def field_names(operators: int, thresholds_mbps: Sequence[float]) -> list[str]:
    """The name of every field; with a bound after it, of every bit."""
    who = (*range(operators), None)
    names = [covered_column(where, operator, name) for where in WHERE for name in TECHNOLOGIES for operator in who]
    names += [f"{name}_{threshold:g}" for name in SERVED for threshold in thresholds_mbps]
    return [*names, *(f"operators_{number}" for number in CHOICES), "signal", "is_stated"]


def bounds_of(name: str) -> tuple[str, ...]:
    """The bounds of a field's bits; whether a register states it has none."""
    return ("",) if name == "is_stated" else PLACE_BOUNDS


def flags_of(name: str, field: Field) -> dict[str, Flags]:
    """The flags of n places under the field's name with each bound."""
    return {f"{name}{bound}": (field >> bit) & 1 > 0 for bit, bound in enumerate(bounds_of(name))}
