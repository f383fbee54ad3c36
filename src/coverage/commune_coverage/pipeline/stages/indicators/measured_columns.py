"""Columns beside the modelled gap: what was measured, how near fibre is, who uses what is there."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from commune_coverage.core.files import read_table
from commune_coverage.indicators.measured import measured_columns, usage_columns, users_by_commune
from commune_coverage.indicators.shares import share_of
from commune_coverage.pipeline.stages.indicators.zonal_sums import read_sums
from commune_coverage.runs.run import Run
from commune_coverage.schema.commune_gaps import fibre_band

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]


def beside_columns(run: Run, communes: gpd.GeoDataFrame, people: Floats, no_signal_people: Floats) -> Columns:
    """Measured, fibre and usage columns of the layers that are there; ``no_signal_people`` NaN where not known."""
    calibration = run.stage_report("signal")["facts"].get("calibration_db", {})
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
    names = [fibre_band(km) for km in run.country.signal.fibre_bands_km]
    return {f"{name}_share".replace(".", "p"): share_of(sums[name], people) for name in names if name in sums}


def _usage(run: Run, communes: gpd.GeoDataFrame, covered: Floats) -> Columns:
    source = run.stages_folder / "subscriptions.parquet"
    if not source.is_file():
        return {}
    named = {level: f"{level}_code" for level in ("commune", "district", "province")}
    codes = {level: communes[column].astype(str).tolist() for level, column in named.items() if column in communes}
    return dict(usage_columns(covered, users_by_commune(read_table(source), codes, covered)))
