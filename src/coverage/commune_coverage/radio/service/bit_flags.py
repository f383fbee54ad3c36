"""Layout of the coverage bitmask of a place: one byte for each yes-or-no figure, one bit for each bound.

The bits of a byte are those of PLACE_BOUNDS, from the lowest: the estimate, then the bounds of what all cells share,
then the bounds with the uncertainty of each cell as well. The order of the bytes is that of ``bit_names``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled
from commune_coverage.schema.inputs import CHOICES, PLACE_BOUNDS, TECHNOLOGIES

Bit = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
WHERE = ("outdoor", "in_vehicle", "indoor")
"""Environments of a receiver."""
OUTDOOR, IN_VEHICLE, INDOOR = range(len(WHERE))

SERVED = ("served", "served_indoor", "edge_served")
"""Speed in the busy hour outdoors and indoors, and at the cell edge to oneself."""
BUSY_OUTDOOR, BUSY_INDOOR, EDGE_OUTDOOR = range(len(SERVED))

ESTIMATE, LOW, HIGH, LOWEST, HIGHEST = (
    PLACE_BOUNDS.index(name) for name in ("", "_low", "_high", "_lowest", "_highest")
)
ALL_BOUNDS = (1 << len(PLACE_BOUNDS)) - 1


def covered_column(where: str, operator: int | None, technology: str, bound: str = "") -> str:
    """Name of a coverage figure.

    Parameters
    ----------
    where : str
        One of WHERE.
    operator : int or None
        Row of the operator, None for any of them.
    technology : str
        One of TECHNOLOGIES.
    bound : str
        One of PLACE_BOUNDS.

    Returns
    -------
    str
        Name of the byte, or with a bound of the bit.
    """
    who = "any" if operator is None else str(operator)
    return f"{where}_{who}_{technology}{bound}"


def bit_names(operators: int, thresholds_mbps: Sequence[float]) -> list[str]:
    """Names of all bytes, in their order; with a bound after it, of every bit.

    Parameters
    ----------
    operators : int
        Number of operators.
    thresholds_mbps : sequence of float, Mbps
        Speeds that are counted.

    Returns
    -------
    list of str
        One name a byte.
    """
    who = (*range(operators), None)
    names = [covered_column(where, operator, name) for where in WHERE for name in TECHNOLOGIES for operator in who]
    names += [f"{name}_{threshold:g}" for name in SERVED for threshold in thresholds_mbps]
    return [*names, *(f"operators_{number}" for number in CHOICES), "signal", "is_stated"]


def bounds_of(name: str) -> tuple[str, ...]:
    """Bounds of a byte; whether a register states a cell has none.

    Parameters
    ----------
    name : str
        Name of the byte.

    Returns
    -------
    tuple of str
        In the order of the bits.
    """
    return ("",) if name == "is_stated" else PLACE_BOUNDS


def flags_of(name: str, field: Bit) -> dict[str, Flags]:
    """Take the bits of a byte apart.

    Parameters
    ----------
    name : str
        Name of the byte.
    field : (places,) uint8
        The byte of each place.

    Returns
    -------
    dict of str to (places,) bool
        By name with bound.
    """
    return {f"{name}{bound}": (field >> bit) & 1 > 0 for bit, bound in enumerate(bounds_of(name))}


@compiled
def covered_bit(where: int, technology: int, operator: int, operators: int) -> int:
    """Position of a coverage byte.

    Parameters
    ----------
    where, technology : int
        Rows of WHERE and TECHNOLOGIES.
    operator : int
        Row of the operator, ``operators`` for any of them.
    operators : int
        Number of operators.

    Returns
    -------
    int
        Position among ``bit_names``.
    """
    return (where * len(TECHNOLOGIES) + technology) * (operators + 1) + operator


@compiled
def served_bit(name: int, threshold: int, operators: int, thresholds: int) -> int:
    """Position of the byte of a speed.

    Parameters
    ----------
    name : int
        Row of SERVED.
    threshold : int
        Row of the speed.
    operators, thresholds : int
        Numbers of operators and of speeds.

    Returns
    -------
    int
        Position among ``bit_names``.
    """
    return len(WHERE) * len(TECHNOLOGIES) * (operators + 1) + name * thresholds + threshold


@compiled
def choice_bit(number: int, operators: int, thresholds: int) -> int:
    """Position of the byte of a choice of operators.

    Parameters
    ----------
    number : int
        Row of CHOICES.
    operators, thresholds : int
        Numbers of operators and of speeds.

    Returns
    -------
    int
        Position among ``bit_names``.
    """
    return served_bit(len(SERVED), 0, operators, thresholds) + number


@compiled
def signal_bit(operators: int, thresholds: int) -> int:
    """Position of the byte of any coverage outdoors or a fixed line.

    Parameters
    ----------
    operators, thresholds : int
        Numbers of operators and of speeds.

    Returns
    -------
    int
        Position among ``bit_names``; that of ``is_stated`` is the next.
    """
    return choice_bit(len(CHOICES), operators, thresholds)


@compiled
def bit_count(operators: int, thresholds: int) -> int:
    """Count the bytes of a place.

    Parameters
    ----------
    operators, thresholds : int
        Numbers of operators and of speeds.

    Returns
    -------
    int
        Length of ``bit_names``.
    """
    return signal_bit(operators, thresholds) + 2
