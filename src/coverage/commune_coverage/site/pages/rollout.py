"""The page of rollout plans: whom each scenario serves by when, for what money, and what stands in all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from commune_coverage.site.data.communes import text_of
from commune_coverage.site.data.plan_figures import curve_chart, money_text, phases_of, signed_text
from commune_coverage.site.data.stored_plans import StoredPlan
from commune_coverage.site.i18n.numbers import count_text, people_text, share_text
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import PageContent, Site, SitePage
from commune_coverage.site.themes.theme import Theme

_COUNT = "_count"
_WIDTH, _HEIGHT, _LEFT, _FOOT, _TOP = 360.0, 150.0, 10.0, 24.0, 18.0
_SHOWN_STANDING = 20


def has_plans(site: Site) -> bool:
    """Whether a plan was made that may be shown."""
    return bool(site.extras.plans.plans)


def rollout_content(site: Site) -> PageContent:
    """Each scenario in numbers, all side by side, and what stands in every one."""
    kept = site.extras.plans
    plans = [_plan(plan, _planned(site, plan)) for plan in kept.plans]
    beside = [_beside(plan, site) for plan in kept.plans] if len(plans) > 1 else []
    standing = [] if kept.standing is None else _standing(kept.standing, [plan.scenario for plan in kept.plans])
    more = 0 if kept.standing is None else max(len(kept.standing) - _SHOWN_STANDING, 0)
    told = {"plans": plans, "beside": beside, "standing": standing, "more": count_text(more) if more else ""}
    return PageContent(tables=(), further=told | {"themes": [theme.key for theme in site.themes]})


def _planned(site: Site, plan: StoredPlan) -> list[Theme]:
    """The themes that the scenario plans for."""
    columns = [theme for theme in site.themes if f"{theme.key}_gap_people" in plan.years]
    return [theme for theme in columns if theme.key not in plan.record["not_planned"]]


def _plan(plan: StoredPlan, themes: Sequence[Theme]) -> dict[str, Any]:
    last, first = plan.years.iloc[-1], plan.years.iloc[0]
    money = {"count": count_text(len(plan.sites)), "cost": money_text(plan.years["spent"].sum())}
    years = {"first": str(int(first["year"])), "last": str(int(last["year"]))}
    return {
        "title": plan.title,
        "folder": plan.folder,
        "currency": plan.currency,
        "made": Saying("rollout_made", {"day": str(plan.record["run_date"])}),
        "money": Saying("rollout_money", money | years | {"currency": plan.currency}),
        "gap": share_text(plan.record["gap_share"]),
        "themes": [_of_theme(plan.years, theme) for theme in themes],
        "keys": [theme.key for theme in themes],
        "phases": phases_of(plan.years, plan.record, themes),
        "built": _built(plan.years),
        "chart": curve_chart(plan.curve),
        "constraints": _constraints(plan.constraints),
    }


def _of_theme(years: pd.DataFrame, theme: Theme) -> dict[str, Any]:
    """Whom the plan serves by its last year, and how many stay without, with it and if nothing is built."""
    last, name = years.iloc[-1], theme.key
    served = {
        end: signed_text(last[f"{name}_served_people{bound}"])
        for end, bound in (("served", ""), ("low", "_low"), ("high", "_high"))
    }
    left: dict[str, str | list[str]] = {
        "gap": [f"{name}_title"],
        "year": str(int(last["year"])),
        "people": people_text(last[f"{name}_gap_people"]),
        "share": share_text(last[f"{name}_gap_share"]),
        "without": people_text(last[f"{name}_gap_without_plan_people"]),
    }
    return {
        "key": name,
        "served": Saying("rollout_served", served),
        "left": Saying("rollout_left", left),
        "chart": _lines(years, name),
    }


def _lines(years: pd.DataFrame, theme: str) -> dict[str, Any]:
    """People without, with the plan and if nothing is built, as points of two lines over one scale from 0."""
    lines = {
        "plan": years[f"{theme}_gap_people"].to_numpy(float),
        "without": years[f"{theme}_gap_without_plan_people"].to_numpy(float),
    }
    most = max(float(values.max()) for values in lines.values()) or 1.0
    step = (_WIDTH - 2 * _LEFT) / max(len(years) - 1, 1)

    def at(number: int, value: float) -> tuple[float, float]:
        high = (_HEIGHT - _TOP - _FOOT) * value / most
        return round(_LEFT + number * step, 1), round(_HEIGHT - _FOOT - high, 1)

    ends = {name: at(len(years) - 1, values[-1]) for name, values in lines.items()}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "foot": _HEIGHT - _FOOT,
        "right": _WIDTH - _LEFT,
        "left": _LEFT,
        "lines": {
            name: " ".join(",".join(map(str, at(number, value))) for number, value in enumerate(values))
            for name, values in lines.items()
        },
        "ends": ends,
        "first": str(int(years["year"].iloc[0])),
        "last": str(int(years["year"].iloc[-1])),
    }


def _built(years: pd.DataFrame) -> dict[int, list[tuple[str, str]]]:
    """What is built or opened in each year, by kind."""
    kinds = [str(name) for name in years if str(name).endswith(_COUNT)]
    return {
        int(row["year"]): [
            (f"plan_kind_{kind.removesuffix(_COUNT)}", count_text(row[kind])) for kind in kinds if row[kind] > 0
        ]
        for row in years.to_dict("records")
    }


def _constraints(table: pd.DataFrame) -> list[tuple[str, str]]:
    """How many service constraints are kept, not kept, and impossible."""
    counts = Counter(table["state"])
    keys = {"kept": "rollout_kept", "not kept": "rollout_not_kept", "impossible": "rollout_impossible"}
    return [(key, count_text(counts[state])) for state, key in keys.items() if counts[state]]


def _beside(plan: StoredPlan, site: Site) -> dict[str, Any]:
    """A scenario in the table of all of them; a theme that it does not plan for has no figure."""
    last, planned = plan.years.iloc[-1], {theme.key for theme in _planned(site, plan)}
    return {
        "title": plan.title,
        "spent": money_text(plan.years["spent"].sum()),
        "currency": plan.currency,
        "count": count_text(len(plan.sites)),
        "left": [
            {"people": people_text(last[f"{one.key}_gap_people"]), "share": share_text(last[f"{one.key}_gap_share"])}
            if one.key in planned
            else None
            for one in site.themes
        ],
        "cost": money_text(last["cost_per_person"]),
    }


def _standing(table: pd.DataFrame, scenarios: Sequence[str]) -> list[dict[str, Any]]:
    rows: Sequence[Mapping[Any, Any]] = table.head(_SHOWN_STANDING).to_dict("records")
    return [
        {
            "kind": f"plan_kind_{row['kind']}",
            "operator": text_of(row["operator"]),
            "place": text_of(row["place_name"]) or text_of(row["commune_name"]),
            "years": [str(int(row[f"year_{name}"])) for name in scenarios],
        }
        for row in rows
    ]


PAGE = SitePage(
    "rollout", "tab_plan", "rollout.html.j2", (), rollout_content, is_written=has_plans, section="plan")  # fmt: skip
