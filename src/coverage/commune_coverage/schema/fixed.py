"""Columns of ``commune_gaps`` where fixed lines count beside mobile networks, and the words that say which count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from commune_coverage.schema.inputs import Column, bounded, megabits, people, share

Access = Literal["mobile", "neither", "bounds"]
"""What the internet gap counts: mobile networks alone; these and fixed lines of known places; or shares of areas."""
BASIS_NONE, BASIS_PLACE, BASIS_TABLE = "none", "place", "table"
BASES = (BASIS_NONE, BASIS_PLACE, BASIS_TABLE, f"{BASIS_PLACE} and {BASIS_TABLE}")
WITHOUT: dict[str, str] = {
    "mobile": "without high-speed mobile internet",
    "neither": "without high-speed internet, neither fixed nor mobile",
    "bounds": "without high-speed internet, neither fixed nor mobile (estimate within bounds)",
}
"""Of whom the headline speaks."""
GAP_WORDS: dict[str, str] = {
    "mobile": "high-speed mobile internet gap",
    "neither": "gap of fixed and mobile high-speed internet",
    "bounds": "gap of fixed and mobile high-speed internet",
}
"""What is not available where it cannot be had."""


def below(access: str, speed_mbps: float) -> str:
    """Say who is below a speed.

    Parameters
    ----------
    access : {'mobile', 'neither', 'bounds'}
        What the internet gap counts.
    speed_mbps : float
        Downlink, Mbps.

    Returns
    -------
    str
        What follows 'people'.
    """
    mobile = f"without mobile signal or below {speed_mbps:g} Mbps downlink on mobile networks in the busy hour"
    if access == "mobile":
        return mobile
    estimate = ", estimate within bounds" if access == "bounds" else ""
    return f"with no fixed line of {speed_mbps:g} Mbps and {mobile}{estimate}"


def declare_fixed(thresholds_mbps: Sequence[float], has_layer: bool) -> tuple[Column, ...]:
    """Declare the columns that set fixed lines and mobile networks apart.

    Parameters
    ----------
    thresholds_mbps : sequence of float
        Speeds, Mbps; the first is the headline.
    has_layer : bool
        Whether there is a layer of fixed lines, not only fibre whose distance tells the speed.

    Returns
    -------
    tuple of Column
    """
    named = [("", thresholds_mbps[0]), *((f"_{megabits(speed)}_mbps", speed) for speed in thresholds_mbps)]
    columns = [column for name, speed in named for column in _of_speed(name, speed, has_layer)]
    return (*columns, *(_BASIS if has_layer else ()))


def _of_speed(name: str, speed_mbps: float, has_layer: bool) -> tuple[Column, ...]:
    mobile = f"Mobile networks alone: {{}} {below('mobile', speed_mbps)}"
    columns = (
        *bounded(f"mobile_gap{name}_share", mobile.format("share of people")),
        people(f"mobile_gap{name}_people", mobile.format("people") + "."),
    )
    if not has_layer:
        return columns
    ends = "people with neither, whatever fixed lines and mobile networks have in common (Frechet bound)"
    return (
        *columns,
        *bounded(f"fixed{name}_share", f"Share of people whom a fixed line of {speed_mbps:g} Mbps reaches"),
        share(f"internet_gap{name}_frechet_low_share", f"The least share of {ends}."),
        share(f"internet_gap{name}_frechet_high_share", f"The greatest share of {ends}."),
    )


_BASIS = (
    Column(
        "fixed_basis",
        "text",
        "How fixed lines are known: by place, by a table of shares, or not at all, and then there is no internet gap.",
        values=BASES,
    ),
    Column("fixed_area", "text", "The area that the share of fixed lines is of; empty where no table states it."),
)
