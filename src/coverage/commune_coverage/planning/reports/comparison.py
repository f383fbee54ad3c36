"""Scenarios side by side: what each buys for its money, and what stands in all of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from commune_coverage.planning.scenario.model import THEMES

Tables = Mapping[str, pd.DataFrame]


def comparison_rows(plans: Mapping[str, Tables]) -> pd.DataFrame:
    """One row a scenario: money, people at the end of its last year, cost per person, what is left. By name: tables."""
    rows = []
    for name, tables in plans.items():
        years, sites = tables["plan_years"], tables["plan_sites"]
        last = years.iloc[-1]
        floors = tables["plan_floors"]
        rows.append({
            "scenario": name, "last_year": int(last["year"]), "budget": float(years["budget"].sum()),
            "spent": float(years["spent"].sum()), "capital": float(last["capital_so_far"]), "chosen": len(sites),
            **{f"{theme}_served_people": float(last[f"{theme}_served_people"]) for theme in THEMES},
            **{f"{theme}_gap_share": float(last[f"{theme}_gap_share"]) for theme in THEMES},
            "served_people": float(sum(last[f"{theme}_served_people"] for theme in THEMES)),
            "cost_per_person": float(last["cost_per_person"]), "net_present_value": float(last["net_present_value"]),
            "floors_kept": int((floors["state"] == "kept").sum()), "floors_asked": len(floors),
            "synthetic_layers": str(last["synthetic_layers"]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def standing_rows(plans: Mapping[str, Tables]) -> pd.DataFrame:
    """What is chosen in every scenario, with its year in each; the earliest first."""
    years = [
        tables["plan_sites"].set_index("candidate_id")["year"].rename(f"year_{name}") for name, tables in plans.items()
    ]
    joined = pd.concat(years, axis=1, join="inner")
    first = next(iter(plans.values()))["plan_sites"].set_index("candidate_id")
    columns = ["kind", "operator", "place_name", "commune_code", "commune_name", "lon", "lat", "synthetic_layers"]
    found = first.loc[joined.index, columns].join(joined).assign(first_year=joined.min(axis=1))
    return (
        found.rename_axis("candidate_id").reset_index().sort_values(["first_year", "candidate_id"], ignore_index=True)
    )
