"""The pages of a rollout plan: sites by year on a map with the gap before and after, money, and a page a province.

They are made of the plan's tables and stand in a folder of their own, which works from a stick like the nightly pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commune_coverage.site.data.communes import names_of, text_of
from commune_coverage.site.data.plan_figures import curve_chart, money_text, phases_of
from commune_coverage.site.geometry.generalise import simplify_boundaries
from commune_coverage.site.i18n.messages import Words, load_words
from commune_coverage.site.i18n.numbers import people_text
from commune_coverage.site.pages.assets import PLAN_MAP_SCRIPTS, PLAN_SCRIPTS, copy_assets
from commune_coverage.site.pages.folium_map import map_page
from commune_coverage.site.pages.layout import make_page_context, render_page
from commune_coverage.site.pages.page import Tabs
from commune_coverage.site.pages.update_files import files_folder
from commune_coverage.site.plan_pages.data import PlanPages, layers_of, write_plan_data
from commune_coverage.site.themes.registry import themes_of
from commune_coverage.site.themes.theme import Theme

TITLES = {"plan": "tab_plan", "plan_money": "tab_plan_money", "plan_province": "tab_plan_province"}
_PROVINCE = "plan_province"


def write_plan_site(plan: PlanPages, folder: Path) -> Path:
    """Write every page, its data and assets/ in a folder of the plan; the path of plan.html.

    The same inputs give the same bytes.
    """
    files = folder / files_folder(plan.report["run_id"])
    files.mkdir(parents=True, exist_ok=True)
    copy_assets(files / "assets")
    access = plan.report["thresholds"].get("plan_access", "mobile")
    words, themes = load_words(plan.report["country"]["languages"]).of_access(access), _planned(plan)
    drawn = simplify_boundaries(plan.communes)
    write_plan_data(plan, words, themes, drawn, files)
    view = {"key": "plan", "layers": [layer.as_json() for layer in layers_of(themes, plan.years)], "columns": []}
    frame = make_page_context(
        "plan",
        TITLES["plan"],
        words,
        plan.report,
        themes,
        {"view": view, "years": plan.years["year"].tolist()},
        PLAN_MAP_SCRIPTS,
        tables=["gaps", "plan-gaps"],
        files=["shapes", "plan-sites"],
        tabs=_tabs("plan"),
        further=_told(plan, themes),
    )
    html, script = map_page("plan.html.j2", frame, drawn.whole.shapes, "showPlan")
    (folder / "plan.html").write_bytes(html.encode("utf-8"))
    (files / "plan.map.js").write_bytes(script.encode("utf-8"))
    money = _told(plan, themes) | {"chart": curve_chart(plan.curve), "plan": plan, "provinces": _provinces(plan, words)}
    _write_text(plan, words, themes, "plan_money", folder / "plan_money.html", money)
    for province in money["provinces"]:
        further = _told(plan, themes) | {"province": province} | _of_province(plan, themes, province["code"])
        _write_text(plan, words, themes, "plan_province", folder / province["page"], further)
    return folder / "plan.html"


def _tabs(here: str) -> list[Tabs]:
    """Each page of a plan is a section of its own."""
    return [Tabs(title, {page: title}, page == here) for page, title in TITLES.items() if page != _PROVINCE]


def _planned(plan: PlanPages) -> list[Theme]:
    """The themes that the scenario plans for."""
    return [theme for theme in themes_of(plan.report["thresholds"]) if theme.key not in plan.record["not_planned"]]


def _write_text(
    plan: PlanPages, words: Words, themes: list[Theme], page: str, target: Path, further: dict[str, Any]
) -> None:
    """A page without a map."""
    frame = make_page_context(
        page,
        TITLES[page],
        words,
        plan.report,
        themes,
        {},
        PLAN_SCRIPTS,
        tables=["gaps"],
        tabs=_tabs(page),
        further=further,
    )
    target.write_bytes(render_page(f"{page}.html.j2", frame).encode("utf-8"))


def _told(plan: PlanPages, themes: list[Theme]) -> dict[str, Any]:
    """What every page says of the plan: its name, how good it is, and its years in numbers."""
    last = plan.years.iloc[-1]
    return {
        "scenario": plan.record["scenario"]["title"] or plan.record["scenario"]["name"],
        "currency": plan.currency,
        "gap": f"{plan.record['gap_share']:.2%}",
        "difference": f"{last['difference_share']:+.2%}",
        "phases": phases_of(plan.years, plan.record, themes),
        "first_year": int(plan.years["year"].iloc[0]),
        "last_year": int(last["year"]),
    }


def _provinces(plan: PlanPages, words: Words) -> list[dict[str, Any]]:
    """Code, names and page of each province."""
    if "province_code" not in plan.communes:
        return []
    first = plan.communes.drop_duplicates("province_code").sort_values("province_code")
    pages = []
    for number, row in enumerate(first.to_dict("records")):
        code = text_of(row["province_code"])
        if code:
            names = names_of(row, "province", words.languages) or {"en": code}
            pages.append({"code": code, "names": names, "page": f"plan_province_{number:03d}.html"})
    return pages


def _of_province(plan: PlanPages, themes: list[Theme], code: str) -> dict[str, Any]:
    """A province's people in the gap by year, and what is planned there."""
    own = plan.left[plan.left["province_code"].astype(str) == code]
    by_year = own.groupby("year").sum(numeric_only=True)
    gap_rows = [
        {
            "year": int(str(year)),
            "themes": [
                {
                    "left": people_text(row[f"{theme.key}_gap_people"]),
                    "without": people_text(row[f"{theme.key}_gap_without_plan_people"]),
                }
                for theme in themes
            ],
        }
        for year, row in by_year.iterrows()
    ]
    listed = plan.sites[plan.sites["province_code"].astype(str) == code]
    sites = [
        {
            "year": int(site["year"]),
            "kind": text_of(site["kind"]),
            "operator": text_of(site["operator"]),
            "place": text_of(site["place_name"]),
            "commune": text_of(site["commune_name"]),
            "cost": money_text(site["capital"]),
            "people": people_text(sum(site[f"{theme.key}_people"] for theme in themes)),
        }
        for site in listed.to_dict("records")
    ]
    return {"gap_rows": gap_rows, "sites": sites}
