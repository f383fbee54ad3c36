"""What is known of a place as yes or no: one field of five bits, in the order of PLACE_BOUNDS, for each thing asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.schema.inputs import CHOICES, PLACE_BOUNDS, TECHNOLOGIES

Bit = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
WHERE = ("outdoor", "in_vehicle", "indoor")
SERVED = ("served", "served_indoor", "edge_served")


def covered_column(where: str, operator: int | None, technology: str, bound: str = "") -> str:
    """Name of a coverage flag; ``operator`` None for any of them."""
    who = "any" if operator is None else str(operator)
    return f"{where}_{who}_{technology}{bound}"


def bit_names(operators: int, thresholds_mbps: Sequence[float]) -> list[str]:
    """The name of every field; with a bound after it, of every bit."""
    who = (*range(operators), None)
    names = [covered_column(where, operator, name) for where in WHERE for name in TECHNOLOGIES for operator in who]
    names += [f"{name}_{threshold:g}" for name in SERVED for threshold in thresholds_mbps]
    return [*names, *(f"operators_{number}" for number in CHOICES), "signal", "is_stated"]


def bounds_of(name: str) -> tuple[str, ...]:
    """The bounds of a field's bits; whether a register states it has none."""
    return ("",) if name == "is_stated" else PLACE_BOUNDS


def flags_of(name: str, field: Bit) -> dict[str, Flags]:
    """The flags of n places under the field's name with each bound."""
    return {f"{name}{bound}": (field >> bit) & 1 > 0 for bit, bound in enumerate(bounds_of(name))}


ALL_BOUNDS = (1 << len(PLACE_BOUNDS)) - 1


@compiled
def covered_bit(where: int, technology: int, operator: int, operators: int) -> int:
    """Coverage; ``operator`` is ``operators`` for any of them."""
    return (where * len(TECHNOLOGIES) + technology) * (operators + 1) + operator


@compiled
def served_bit(name: int, threshold: int, operators: int, thresholds: int) -> int:
    return len(WHERE) * len(TECHNOLOGIES) * (operators + 1) + name * thresholds + threshold


@compiled
def choice_bit(number: int, operators: int, thresholds: int) -> int:
    """Whether at least ``number`` + 1 operators serve."""
    return served_bit(len(SERVED), 0, operators, thresholds) + number


@compiled
def signal_bit(operators: int, thresholds: int) -> int:
    """Any coverage outdoors or a fixed line; the next field says, in its first bit, whether a register states it."""
    return choice_bit(len(CHOICES), operators, thresholds)


@compiled
def bit_count(operators: int, thresholds: int) -> int:
    return signal_bit(operators, thresholds) + 2
