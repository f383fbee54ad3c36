"""How cost and memory grow with the country: copies of it side by side, one serial run each."""

from __future__ import annotations

import numpy as np

from benchmarks.clock import Cost, Result, ratio
from benchmarks.copies import write_copies
from benchmarks.fixture import RUN_DATE, Fixture
from benchmarks.processes import Done, compile_all, run_process, start_up


def scale(fixture: Fixture) -> Result:
    """Cost of n copies over that of the first number of copies, and the slope of CPU over copies, both in logarithms.

    A slope of 1 is a cost in proportion. Start-up is taken off; memory is the highest peak of a stage.
    """
    countries = {n: write_copies(fixture.country_path, fixture.folder / f"copies-{n}", n) for n in fixture.copies}
    compile_all(fixture.country_path)
    costs: dict[str, list[Cost]] = {_name(n): [] for n in fixture.copies}
    last: dict[int, Done] = {}
    for number in range(fixture.rounds):
        for n, country in countries.items():
            last[n] = run_process(country, fixture.folder / f"scale-{n}-{number}", RUN_DATE)
            cost = last[n].cost
            costs[_name(n)].append(Cost(cost.cpu_s - start_up().cpu_s, cost.wall_s - start_up().wall_s))
    first, *more = fixture.copies
    facts: dict[str, object] = {f"peak MB, {_name(n)}": done.peak_mb for n, done in last.items()}
    facts |= {f"stage of the peak, {_name(n)}": done.peak_stage for n, done in last.items()}
    if more:
        facts["slope of CPU"] = _slope(
            fixture.copies, [float(np.median([c.cpu_s for c in costs[_name(n)]])) for n in countries]
        )
        for stage in ("people", "radio", "snapping", "travel_times", "capacity", "indicators"):
            taken = [max(last[n].of_stages(stage).cpu_s, 1e-3) for n in fixture.copies]
            facts[f"slope of CPU, {stage}"] = _slope(fixture.copies, taken)
    agreement: dict[str, float | bool] = {
        f"{_name(n)}: {what} for each copy over those of {_name(first)}": _counted(last[n], n)
        / _counted(last[first], first)
        for n in more
        for what, _counted in (("people", _people), ("communes", _communes))
    }
    return Result("scale", [ratio(costs, _name(n), _name(first)) for n in more], agreement, facts)


def _people(done: Done, copies: int) -> float:
    return float(done.facts("people")["counted"]) / copies


def _communes(done: Done, copies: int) -> float:
    return float(done.facts("communes")["communes"]) / copies


def _slope(copies: tuple[int, ...], seconds: list[float]) -> float:
    return float(np.polyfit(np.log(copies), np.log(seconds), 1)[0])


def _name(copies: int) -> str:
    return "1 copy" if copies == 1 else f"{copies} copies"
