"""What the pages of a rollout plan read: the gap of each commune by year, with the plan and without, and its sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.core.longitudes import unwrapped
from commune_coverage.site.data.communes import Index, base_of, gaps_of, parts_of, text_of
from commune_coverage.site.data.points import DEGREE_UNIT
from commune_coverage.site.data.ranges import FILE, ranges_of
from commune_coverage.site.data.scripts import figures, write_data
from commune_coverage.site.geometry.generalise import level_data, middle_of, outline_data
from commune_coverage.site.i18n.messages import Words
from commune_coverage.site.i18n.numbers import half_up
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import GAP_BREAKS_SHARE, MapLayer
from commune_coverage.site.themes.theme import Theme

WITHOUT = "without"


@dataclass(frozen=True)
class PlanPages:
    """``communes`` is the commune table of today's network and ``report`` its report; the others are the plan's tables.

    ``record`` is plan.json. ``others`` is the comparison of scenarios, empty for a plan alone.
    """

    communes: gpd.GeoDataFrame
    report: Mapping[str, Any]
    sites: pd.DataFrame
    years: pd.DataFrame
    left: pd.DataFrame
    curve: pd.DataFrame
    sensitivity: pd.DataFrame
    others: pd.DataFrame
    record: Mapping[str, Any]
    currency: str


def _column(theme: Theme, when: int | str) -> str:
    return f"{theme.key}_{when}_gap_share"


def layers_of(themes: list[Theme], years: pd.DataFrame) -> list[MapLayer]:
    """A layer for each theme and year, and one for each theme without the plan, on the nightly pages' scale."""
    return [
        MapLayer(_column(theme, when), _title(theme, when), "share", theme.ramp, GAP_BREAKS_SHARE, themes=(theme.key,))
        for theme in themes
        for when in (WITHOUT, *years["year"])
    ]


def _title(theme: Theme, when: int | str) -> Saying:
    gap = [f"{theme.key}_title"]
    if when == WITHOUT:
        return Saying("plan_layer_without", {"gap": gap})
    return Saying("plan_layer", {"gap": gap, "year": str(when)})


def write_plan_data(plan: PlanPages, words: Words, themes: list[Theme], drawn: Any, folder: Path) -> None:
    table, parts = plan.communes, parts_of(plan.communes)
    for code, texts in words.texts.items():
        write_data(folder, f"words-{code}", texts)
    base = base_of(table, words.languages, parts)
    write_data(folder, "communes", base)
    write_data(folder, "gaps", gaps_of(table))
    write_data(folder, FILE, ranges_of(table, plan.report).as_json())
    rows = np.arange(len(table))
    write_data(
        folder, "shapes", level_data(drawn.whole, rows) | {"outlines": outline_data(drawn.whole, base["province"])}
    )
    for part in range(int(parts.max()) + 1 if len(parts) else 0):
        write_data(folder, f"shapes/{part}", level_data(drawn.near, np.flatnonzero(parts == part)))
    gaps = _gaps(plan, themes)
    write_data(folder, "plan-gaps", figures(gaps, gaps.columns.tolist()))
    write_data(folder, "plan-sites", _sites(plan.sites, table, themes, middle_of(drawn.whole)))


def _gaps(plan: PlanPages, themes: list[Theme]) -> pd.DataFrame:
    """The share in the gap by commune: of each year with the plan, and of the last one without."""
    codes, columns = plan.communes["commune_code"], {}
    for year, of_year in plan.left.groupby("year"):
        own = of_year.set_index("commune_code").reindex(codes)
        for theme in themes:
            columns[_column(theme, int(str(year)))] = own[f"{theme.key}_gap_share"].to_numpy()
            without = own[f"{theme.key}_gap_without_plan_people"] / own["people"].where(own["people"] > 0)
            columns[_column(theme, WITHOUT)] = without.to_numpy()
    return pd.DataFrame(columns)


def _sites(sites: pd.DataFrame, communes: pd.DataFrame, themes: list[Theme], middle_deg: float) -> dict[str, Any]:
    row_of = {code: row for row, code in enumerate(communes["commune_code"])}
    kinds, operators = Index(), Index()
    return {
        "lat": [half_up(value * DEGREE_UNIT) for value in sites["lat"]],
        "lon": [half_up(value * DEGREE_UNIT) for value in unwrapped(sites["lon"], middle_deg).tolist()],
        "year": [int(year) for year in sites["year"]],
        "kind": [kinds.number(text_of(kind)) for kind in sites["kind"]],
        "operator": [operators.number(text_of(name)) for name in sites["operator"]],
        "place": [text_of(name) for name in sites["place_name"]],
        "commune": [row_of.get(code, -1) for code in sites["commune_code"]],
        "capital": [half_up(value) for value in sites["capital"]],
        "people": [half_up(sum(values)) for values in sites[[f"{theme.key}_people" for theme in themes]].to_numpy()],
        "kinds": kinds.values,
        "operators": operators.values,
    }
