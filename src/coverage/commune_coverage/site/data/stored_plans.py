"""Plans that were made for the country and are kept, as the site's page of plans has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd


@dataclass(frozen=True)
class StoredPlan:
    """The newest plan of a scenario.

    Attributes
    ----------
    record : mapping
        Content of its ``plan.json``.
    years, sites, constraints, curve : DataFrame
        Its tables ``plan_years``, ``plan_sites``, ``plan_floors`` and ``plan_curve``.
    pages : Path
        Folder of its own pages.
    """

    record: Mapping[str, Any]
    years: pd.DataFrame
    sites: pd.DataFrame
    constraints: pd.DataFrame
    curve: pd.DataFrame
    pages: Path

    @property
    def plan_id(self) -> str:
        return str(self.record["plan_id"])

    @property
    def scenario(self) -> str:
        """Its name in files."""
        return str(self.record["scenario"]["name"])

    @property
    def title(self) -> str:
        return str(self.record["scenario"]["title"] or self.scenario)

    @property
    def currency(self) -> str:
        return str(self.record["costs"]["currency"])

    @property
    def folder(self) -> str:
        """Where its pages are in the site."""
        return f"plans/{self.plan_id}"


class StoredPlans(NamedTuple):
    """All of them by name, and what stands in every one: rows of ``in_every_scenario.csv``, None where not compared."""

    plans: Sequence[StoredPlan] = ()
    standing: pd.DataFrame | None = None
