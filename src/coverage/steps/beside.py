"""Columns beside the modelled gap: what was measured, how near fibre is, who uses what is there."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from coverage.gaps.measured import measured_columns, usage_columns, users_by_commune
from coverage.gaps.shares import share_of
from coverage.people import Demand
from coverage.runs import Run
from coverage.signal.fixed import fibre_distance_m
from coverage.store import read_geo, read_table

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]


def beside_columns(
    run: Run, communes: gpd.GeoDataFrame, demand: Demand | None, people: Floats, no_signal_people: Floats
) -> Columns:
    """Measured, fibre and usage columns of the layers that are there; ``no_signal_people`` NaN where not known."""
    calibration = run.stage_report("signal")["facts"].get("calibration_db", {})
    told = "; ".join(f"{name} {shift:+.1f} dB" for name, shift in calibration.items())
    columns: Columns = {"calibration": np.full(len(communes), told, dtype=object)}
    return (
        columns
        | _measured(run, communes)
        | _fibre(run, demand, people)
        | _usage(run, communes, people - no_signal_people)
    )


def _measured(run: Run, communes: gpd.GeoDataFrame) -> Columns:
    layer, source = run.country.layers.speed_tests, run.stages_folder / "speed_tests.parquet"
    if layer is None or not source.is_file():
        return {}
    speeds = run.country.thresholds.high_speed_mbps
    return dict(measured_columns(read_table(source), len(communes), speeds, layer.min_tests))


def _fibre(run: Run, demand: Demand | None, people: Floats) -> Columns:
    source = run.stages_folder / "fibre.parquet"
    if demand is None or not source.is_file():
        return {}
    fibre = read_geo(source)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    x_m, y_m = (demand.places[name].to_numpy() for name in ("x_m", "y_m"))
    distance = fibre_distance_m(x_m, y_m, working)
    return {
        f"fibre_within_{km:g}_km_share".replace(".", "p"): share_of(demand.by_commune(distance <= 1000 * km), people)
        for km in run.country.signal.fibre_bands_km
    }


def _usage(run: Run, communes: gpd.GeoDataFrame, covered: Floats) -> Columns:
    source = run.stages_folder / "subscriptions.parquet"
    if not source.is_file():
        return {}
    named = {level: f"{level}_code" for level in ("commune", "district", "province")}
    codes = {level: communes[column].astype(str).tolist() for level, column in named.items() if column in communes}
    return dict(usage_columns(covered, users_by_commune(read_table(source), codes, covered)))
