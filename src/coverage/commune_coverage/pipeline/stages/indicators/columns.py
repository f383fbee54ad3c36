"""People covered by commune, operator, technology and place of the receiver."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table
from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.measured import mean_of, measured_columns, usage_columns, users_by_commune
from commune_coverage.indicators.shares import low_high, share_of
from commune_coverage.pipeline.stages.indicators.zonal_sums import read_sums
from commune_coverage.pipeline.stages.radio.artifacts import operators_of
from commune_coverage.pipeline.stages.travel.network import method_of
from commune_coverage.radio.service.bit_flags import WHERE, covered_column
from commune_coverage.runs.run import Run
from commune_coverage.schema.commune_gaps import fibre_band
from commune_coverage.schema.inputs import BOUNDS, TECHNOLOGIES
from commune_coverage.schema.travel_columns import METHODS
from commune_coverage.travel.access.hub_tiers import cost_per_parcel

Floats = npt.NDArray[np.float64]


def operator_table(
    run: Run, communes: gpd.GeoDataFrame, people: Floats, sites: Floats, sums: dict[str, Floats], labels: dict[str, str]
) -> pd.DataFrame:
    """One row per commune, operator (and any of them), technology and place of the receiver: people covered."""
    names = operators_of(run.stages_folder) if sums else []
    who = [*enumerate(names), (None, "any")] if sums else []
    parts = [
        _operator_rows(communes, people, sites, sums, row, name, technology, where)
        for row, name in who
        for technology in TECHNOLOGIES
        for where in WHERE
    ]
    empty = pd.DataFrame(columns=["commune_code", "operator", "technology", "where", "covered_share"])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    return table.assign(**labels)


def _operator_rows(
    communes: gpd.GeoDataFrame,
    people: Floats,
    sites: Floats,
    sums: dict[str, Floats],
    row: int | None,
    name: str,
    technology: str,
    where: str,
) -> pd.DataFrame:
    covered = low_high(sums, covered_column(where, row, technology), sites)
    shares = {f"covered_share{bound}": share_of(covered[bound], people) for bound in BOUNDS}
    named = {"commune_code": communes["commune_code"], "operator": name, "technology": technology, "where": where}
    return pd.DataFrame({**named, **shares})


Columns = dict[str, Any]


def auxiliary_columns(run: Run, communes: gpd.GeoDataFrame, people: Floats, no_signal_people: Floats) -> Columns:
    """Measured, fibre and usage columns of the layers that are there; ``no_signal_people`` NaN where not known."""
    calibration = run.stage_report("radio")["facts"].get("calibration_db", {})
    told = "; ".join(f"{name} {shift:+.1f} dB" for name, shift in calibration.items())
    columns: Columns = {"calibration": np.full(len(communes), told, dtype=object)}
    return columns | _measured(run, communes) | _fibre(run, people) | _usage(run, communes, people - no_signal_people)


def _measured(run: Run, communes: gpd.GeoDataFrame) -> Columns:
    layer, source = run.country.layers.speed_tests, run.stages_folder / "speed_tests.parquet"
    if layer is None or not source.is_file():
        return {}
    speeds = run.country.thresholds.high_speed_mbps
    return dict(measured_columns(read_table(source), len(communes), speeds, layer.min_tests))


def _fibre(run: Run, people: Floats) -> Columns:
    if run.country.layers.fibre is None or not (run.stages_folder / "internet_sums.npz").is_file():
        return {}
    sums = read_sums(run.stages_folder / "internet_sums.npz")[0]
    names = [fibre_band(km) for km in run.country.radio.fibre_bands_km]
    return {f"{name}_share".replace(".", "p"): share_of(sums[name], people) for name in names if name in sums}


def _usage(run: Run, communes: gpd.GeoDataFrame, covered: Floats) -> Columns:
    source = run.stages_folder / "subscriptions.parquet"
    if not source.is_file():
        return {}
    named = {level: f"{level}_code" for level in ("commune", "district", "province")}
    codes = {level: communes[column].astype(str).tolist() for level, column in named.items() if column in communes}
    return dict(usage_columns(covered, users_by_commune(read_table(source), codes, covered)))


def delivery_figures(run: Run, people: Floats, area_km2: Floats) -> tuple[Columns, dict[str, float]]:
    """Delivery columns without evidence, and the national medians."""
    limits = run.country.thresholds
    sums, medians, national = read_sums(run.stages_folder / "delivery_sums.npz")
    columns: Columns = dict(delivery.delivery_columns(people, sums, limits.delivery_bands_min)) | medians
    for season, suffix in delivery.SEASON_SUFFIX.items():
        columns[f"overloaded_hub{suffix}_share"] = share_of(sums[f"overloaded_{season}"], people)
    columns |= _rural(sums) if method_of(run) == "roads" else {}
    columns |= {f"parcels_{_named(name)}": mean_of(sums[name], people) for name in delivery.ACCESS if name in sums}
    columns |= _costs(run, columns, people, area_km2)
    columns["delivery_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    columns["no_road_share"] = share_of(sums["no_road"], people)
    return columns, national


def _named(access: str) -> str:
    return access.removesuffix("_dry")


def _rural(sums: dict[str, Floats]) -> Columns:
    rural = sums["rural"]
    return {"rural_people": rural, "rural_access_share": share_of(sums["rural_near_road"], rural)}


def _costs(run: Run, columns: Columns, people: Floats, area_km2: Floats) -> Columns:
    parcels = run.country.parcels
    density = mean_of(people * parcels.per_person_year / parcels.working_days, area_km2)
    return {
        f"cost_per_parcel{suffix}": cost_per_parcel(
            columns[f"minutes_to_hub{suffix}_median"], density, run.country.parcel_cost
        )
        for suffix in delivery.SEASON_SUFFIX.values()
    }


def payment_figures(run: Run, people: Floats) -> Columns:
    """Payment columns without evidence."""
    sums, medians, _ = read_sums(run.stages_folder / "payment_sums.npz")
    columns: Columns = dict(payment.payment_columns(people, sums, run.country.thresholds)) | medians
    columns["payment_method"] = np.full(len(people), METHODS[method_of(run)], dtype=object)
    return columns
