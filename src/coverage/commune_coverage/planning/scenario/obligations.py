"""Obligations of the country file as service constraints of a scenario, where they ask for what it plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from commune_coverage.config.obligations import Obligation
from commune_coverage.planning.scenario.model import Scenario, ServiceConstraint


def with_obligations(scenario: Scenario, obligations: Sequence[Obligation], headline_mbps: float) -> Scenario:
    """Add the obligations that a scenario can plan for to its service constraints.

    Parameters
    ----------
    scenario : Scenario
        Its own constraints come first; with ``obligations = false`` it stays as it is.
    obligations : sequence of Obligation
        Those of the country file.
    headline_mbps : float, Mbps
        Speed of the country file's internet gap, unless the scenario has its own.

    Returns
    -------
    Scenario
    """
    if not scenario.obligations:
        return scenario
    added = [
        ServiceConstraint(theme="internet", level=one.level, by=_year(one, scenario), share=one.share, codes=one.codes)
        for one in obligations
        if not _why_not(one, scenario, headline_mbps)
    ]
    return scenario.model_copy(update={"service_constraints": [*scenario.service_constraints, *added]})


def left_out(scenario: Scenario, obligations: Sequence[Obligation], headline_mbps: float) -> dict[str, str]:
    """Say by id why obligations are no constraints of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    obligations : sequence of Obligation
        Those of the country file.
    headline_mbps : float, Mbps
        Speed of the country file's internet gap, unless the scenario has its own.

    Returns
    -------
    dict of str to str
        Empty where the scenario takes none at all.
    """
    reasons = {one.id: _why_not(one, scenario, headline_mbps) for one in obligations if scenario.obligations}
    return {name: why for name, why in reasons.items() if why}


def _why_not(one: Obligation, scenario: Scenario, headline_mbps: float) -> str:
    """Say why an obligation is no constraint of a scenario; '' where it is one."""
    planned_mbps = scenario.high_speed_mbps or headline_mbps
    if one.measure != "people" or one.basis != "modelled":
        return "the planner serves people, by the model"
    if one.technology is not None or one.speed_mbps != planned_mbps:
        return f"the planner serves people with {planned_mbps:g} Mbps of any technology and operator"
    if one.share <= 0:
        return "it asks for nobody"
    if _last_year(one.by) > scenario.last_year:
        return f"its day comes after {scenario.last_year}"
    return ""


def _last_year(by: date) -> int:
    """The last year whose end is before the day, or is the day."""
    return by.year if (by.month, by.day) == (12, 31) else by.year - 1


def _year(one: Obligation, scenario: Scenario) -> int:
    """What is overdue holds as soon as anything can be built."""
    return max(_last_year(one.by), scenario.first_year)
