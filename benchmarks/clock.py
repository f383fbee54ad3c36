"""Ways timed in turn in one process, and the ratios of their costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from commune_coverage.core.resources import cpu_s

_MIN_S = 0.05


@dataclass(frozen=True)
class Cost:
    """CPU seconds of the process and its children, and seconds by the clock."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Ratio:
    """Cost of ``what`` over that of ``of``: median, least and greatest of the rounds.

    ``at_most`` and ``at_least`` are what is aimed at, None where nothing is.
    """

    what: str
    of: str
    unit: str
    median: float
    least: float
    greatest: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the median is as aimed at; None where nothing is."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.median <= self.at_most) and (
            self.at_least is None or self.median >= self.at_least
        )


@dataclass
class Result:
    """What one benchmark found: ratios, how well the results agreed, facts such as sizes."""

    name: str
    ratios: list[Ratio] = field(default_factory=list)
    agreement: dict[str, float | bool] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The result as JSON."""
        ratios = [asdict(ratio) | {"is_met": ratio.is_met} for ratio in self.ratios]
        return {"name": self.name, "ratios": ratios, "agreement": self.agreement, "facts": self.facts}


def cost_of(function: Callable[[], Any]) -> Cost:
    """What one call costs: the mean of as many as take a twentieth of a second."""
    cpu, wall, calls, took_s = cpu_s(), time.perf_counter(), 0, 0.0
    while took_s < _MIN_S:
        function()
        calls += 1
        took_s = time.perf_counter() - wall
    return Cost((cpu_s() - cpu) / calls, took_s / calls)


def interleave(ways: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[Cost]]:
    """Every way once a round, in turn, so that a slow minute of the machine strikes all."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, function in ways.items():
            costs[name].append(cost_of(function))
    return costs


def ratio(
    costs: Mapping[str, list[Cost]],
    what: str,
    of: str,
    unit: str = "CPU",
    at_most: float | None = None,
    at_least: float | None = None,
) -> Ratio:
    """The ratio of two ways of the same rounds; ``unit`` is 'CPU' or 'wall'."""
    name = "cpu_s" if unit == "CPU" else "wall_s"
    pairs = zip(costs[what], costs[of], strict=True)
    found = [getattr(one, name) / max(getattr(other, name), 1e-9) for one, other in pairs]
    return Ratio(what, of, unit, statistics.median(found), min(found), max(found), at_most, at_least)
