"""Writing a plan: its tables in every format, its record, its pages, and country files of the networks it leaves."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import tomlkit

from commune_coverage.core.files import atomic_write, read_geo, read_json, write_table
from commune_coverage.core.state.declared import PLAN
from commune_coverage.pipeline.stages.publish.stage import COMPUTED
from commune_coverage.pipeline.stages.report import build_report
from commune_coverage.planning.plan import PlanResult
from commune_coverage.planning.planned_network import FIBRE_ROWS, HUB_ROWS, LABEL, PAYMENT_ROWS, TOWER_ROWS, with_demand
from commune_coverage.planning.reports.schema import communes_table, constraints_table, sites_table, years_table
from commune_coverage.planning.reports.tables import commune_rows, constraint_rows, labels_of, site_rows
from commune_coverage.planning.reports.years import plan_unspent_reasons, texts_of, unspent_budget, year_rows
from commune_coverage.planning.sandbox import SimulationSandbox
from commune_coverage.planning.scenario.obligations import left_out
from commune_coverage.planning.simulation.instance import demand_factor
from commune_coverage.publish.exports import write_csv, write_dictionary
from commune_coverage.schema.inputs import Table
from commune_coverage.site.plan_pages.build import write_plan_site
from commune_coverage.site.plan_pages.data import PlanPages

NAMES = ("plan_sites", "plan_years", "plan_communes", "plan_floors")


def write_plan(result: PlanResult, plan_id: str, folder: Path) -> dict[str, pd.DataFrame]:
    """Write every table as Parquet, GeoPackage and CSV with a dictionary, the candidates, and ``plan.json``.

    Parameters
    ----------
    result : PlanResult
        The plan.
    plan_id : str
        Its name.
    folder : Path
        Into which it is written.

    Returns
    -------
    dict of str to DataFrame
        The tables by name.
    """
    currency, run_date = result.instance.costs.currency, result.instance.today.run_date.isoformat()
    declared = {
        "plan_sites": sites_table(currency),
        "plan_years": years_table(currency),
        "plan_communes": communes_table(),
        "plan_floors": constraints_table(),
    }
    rows_of = {
        "plan_sites": site_rows(result),
        "plan_years": year_rows(result),
        "plan_communes": commune_rows(result),
        "plan_floors": constraint_rows(result),
    }
    labels, tables = labels_of(result, plan_id), {}
    for name, table in declared.items():
        tables[name] = _declared(rows_of[name].assign(**labels), table)
        write_formats(tables[name], name, folder, run_date)
    write_csv(candidate_rows(result).assign(**labels), folder / "candidates.csv")
    write_dictionaries(declared, folder)
    PLAN.write(folder / "plan.json", record_of(result, plan_id))
    return tables


def _declared(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Take the declared columns in their order, then the geometry."""
    names = [*table.names, *(["geometry"] if "geometry" in rows else [])]
    return rows.reindex(columns=names)


def write_formats(table: pd.DataFrame, name: str, folder: Path, run_date: str) -> None:
    """Write a table as GeoParquet or Parquet, GeoPackage and CSV.

    Parameters
    ----------
    table : DataFrame
        The table; with shapes a GeoDataFrame.
    name : str
        Name of the files.
    folder : Path
        Into which it is written.
    run_date : str
        ISO 8601, written into the GeoPackage.
    """
    write_table(folder / f"{name}.parquet", table)
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    write_csv(plain, folder / f"{name}.csv")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{run_date}T00:00:00.000Z"})
    try:
        with atomic_write(folder / f"{name}.gpkg") as path:
            frame = table if isinstance(table, gpd.GeoDataFrame) else plain
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_dictionaries(declared: Mapping[str, Table], folder: Path) -> None:
    """Write a data dictionary for each table.

    Parameters
    ----------
    declared : mapping of str to Table
        The tables by name.
    folder : Path
        Into which it is written.
    """
    for name, table in declared.items():
        write_dictionary(table, folder / f"{name}_dictionary.csv")


def candidate_rows(result: PlanResult) -> pd.DataFrame:
    """List every candidate with its cost and what it alone would serve, for planners who pin and forbid.

    Parameters
    ----------
    result : PlanResult
        The plan.

    Returns
    -------
    DataFrame
        One row a candidate, with the year in which the plan builds it.
    """
    listed = result.instance.listed
    served = {
        f"{theme}_alone_people": result.benefits.gains[theme] @ result.instance.places.people
        for theme in result.benefits.gains
    }
    first_year, never = result.instance.scenario.first_year, result.selection.problem.never
    years = [first_year + int(year) if year < never else "" for year in result.selection.plan.build_year]
    return listed.drop(columns=["x_m", "y_m", "commune"]).assign(**served, planned_year=years)


def record_of(result: PlanResult, plan_id: str) -> dict[str, Any]:
    """Record what went into the plan and how far from the best it can be.

    Parameters
    ----------
    result : PlanResult
        The plan.
    plan_id : str
        Its name.

    Returns
    -------
    dict
        Content of ``plan.json``.
    """
    instance, plan = result.instance, result.selection.plan
    return {
        "plan_id": plan_id,
        "run_date": instance.today.run_date.isoformat(),
        "status": instance.country.status,
        "scenario": instance.scenario.model_dump(mode="json"),
        "costs": instance.costs.model_dump(mode="json"),
        "candidates": len(instance.listed),
        "demand_groups": len(result.selection.groups.people),
        "not_planned": dict(instance.missing),
        "obligations_left_out": left_out(
            instance.scenario, instance.country.obligations, instance.country.thresholds.high_speed_mbps[0]
        ),
        "value": plan.value,
        "bound": plan.bound,
        "gap_share": plan.gap_share,
        "bound_by": plan.solver,
        "is_proven": plan.is_proven,
        "money_left": _money_left(result),
        "rounds": [
            {
                "expected_people": each.expected,
                "engines_people": each.simulated,
                "difference_share": each.difference_share,
                "difference_by_year": each.difference_by_year,
                "whole_difference_share": each.whole_difference_share,
            }
            for each in result.rounds
        ],
    }


def _money_left(result: PlanResult) -> list[dict[str, Any]]:
    """List what each year leaves, and why."""
    left = unspent_budget(result.selection.problem, result.selection.plan.build_year)
    why = plan_unspent_reasons(result)
    rows = zip(result.instance.scenario.years, left, why, texts_of(why), strict=True)
    return [
        {"year": year, "left": round(float(rest), 2), "reason": text, "saying": reason.as_json() if reason else None}
        for year, rest, reason, text in rows
    ]


def write_country_files(result: PlanResult, sandbox: SimulationSandbox, folder: Path, final: Path) -> None:
    """Write a country file of each year's network with the plan, which any run computes.

    Parameters
    ----------
    result : PlanResult
        The plan.
    sandbox : SimulationSandbox
        Has the country file and the date of the run.
    folder : Path
        Has the planned rows of each year in a folder of its own.
    final : Path
        Where ``folder`` will be moved to.
    """
    raw = tomllib.loads(sandbox.country_path.read_text(encoding="utf-8-sig"))
    for year in result.instance.scenario.years:
        target = folder / f"{year}"
        target.mkdir(parents=True, exist_ok=True)
        content = _relocated(raw, sandbox.country_path.parent, final / f"{year}")
        limits = result.instance.country.thresholds
        content["thresholds"] = content.get("thresholds", {}) | {
            "high_speed_mbps": limits.high_speed_mbps,
            "delivery_gap_min": limits.delivery_gap_min,
        }
        if result.instance.scenario.fixed is not None:
            fixed = [band.model_dump(exclude_none=True) for band in result.instance.scenario.fixed]
            content["radio"] = content.get("radio", {}) | {"fixed": fixed}
        factor = demand_factor(sandbox, result.instance.scenario, year)
        if factor != 1.0:
            with_demand(result.instance.country, factor, target)
            content["radio"] = content.get("radio", {}) | {"radios": "radios.toml"}
        _add_layers(content["layers"], target)
        with atomic_write(target / "country.toml") as path:
            path.write_text(tomlkit.dumps(content), encoding="utf-8")


def _add_layers(layers: dict[str, Any], folder: Path) -> None:
    common = {"title": LABEL}
    if (folder / TOWER_ROWS).is_file() and "towers" in layers:
        also = {"path": TOWER_ROWS, "format": "register", "planned": True, **common}
        layers["towers"]["also"] = [*layers["towers"].get("also", []), also]
    sure = {"confidence": 1.0}
    for name, file, more in (("hubs", HUB_ROWS, sure), ("payments", PAYMENT_ROWS, sure), ("fibre", FIBRE_ROWS, {})):
        if (folder / file).is_file():
            own = {"path": file, "format": "table", **more, **common}
            if name in layers:
                layers[name]["also"] = [*layers[name].get("also", []), own]
            else:
                layers[name] = own


def _relocated(value: Any, old: Path, new: Path, key: str = "") -> Any:
    """Rewrite the paths of the country file's content as they are from the new folder."""
    if isinstance(value, dict):
        return {name: _relocated(inner, old, new, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_relocated(inner, old, new, key) for inner in value]
    if key in ("path", "radios", "catalogue", "spec", "dsn_file", "webhook_file", "smtp_password_file"):
        return os.path.relpath(old / value, new) if isinstance(value, str) else value
    return value


def write_pages(
    result: PlanResult, plan_id: str, tables: dict[str, pd.DataFrame], folder: Path, others: pd.DataFrame | None = None
) -> Path:
    """Write the pages of a plan.

    Parameters
    ----------
    result : PlanResult
        The plan.
    plan_id : str
        Its name.
    tables : dict of str to DataFrame
        Its tables.
    folder : Path
        Into which it is written.
    others : DataFrame, optional
        Scenarios that it is compared with.

    Returns
    -------
    Path
        The first page.
    """
    today = result.instance.today
    report = build_report(
        today, [today.stage_report(name) for name in COMPUTED], read_json(today.stages_folder / "national.json")
    )
    return write_plan_site(
        PlanPages(
            read_geo(today.stages_folder / "commune_gaps.parquet"),
            report | {"run_id": plan_id},
            tables["plan_sites"],
            tables["plan_years"],
            tables["plan_communes"],
            tables["plan_curve"],
            tables["plan_sensitivity"],
            pd.DataFrame() if others is None else others,
            record_of(result, plan_id),
            result.instance.costs.currency,
        ),
        folder,
    )
