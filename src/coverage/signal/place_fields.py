"""What is known of a place as yes or no: one field of five bits, in the order of PLACE_BOUNDS, for each thing asked."""

from __future__ import annotations

from coverage.compiled import compiled
from coverage.signal.place_names import SERVED, WHERE
from coverage.tables import CHOICES, PLACE_BOUNDS, TECHNOLOGIES

ALL_BOUNDS = (1 << len(PLACE_BOUNDS)) - 1


@compiled
def covered_field(where: int, technology: int, operator: int, operators: int) -> int:
    """Coverage; ``operator`` is ``operators`` for any of them."""
    return (where * len(TECHNOLOGIES) + technology) * (operators + 1) + operator


@compiled
def served_field(name: int, threshold: int, operators: int, thresholds: int) -> int:
    return len(WHERE) * len(TECHNOLOGIES) * (operators + 1) + name * thresholds + threshold


@compiled
def choice_field(number: int, operators: int, thresholds: int) -> int:
    """Whether at least ``number`` + 1 operators serve."""
    return served_field(len(SERVED), 0, operators, thresholds) + number


@compiled
def signal_field(operators: int, thresholds: int) -> int:
    """Any coverage outdoors or a fixed line; the next field says, in its first bit, whether a register states it."""
    return choice_field(len(CHOICES), operators, thresholds)


@compiled
def field_count(operators: int, thresholds: int) -> int:
    return signal_field(operators, thresholds) + 2
