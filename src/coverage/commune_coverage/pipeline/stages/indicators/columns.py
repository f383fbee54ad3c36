"""Columns of the layers beside the themes, and people covered by operator, technology and receiver environment."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table
from commune_coverage.indicators.measured import measured_columns, usage_columns, users_by_commune
from commune_coverage.indicators.shares import low_high, share_of
from commune_coverage.indicators.unknown_places import widened
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.radio.service.bit_flags import WHERE, covered_column
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import BOUNDS, TECHNOLOGIES
from commune_coverage.schema.themes import fibre_band

Floats = npt.NDArray[np.float64]


class OperatorInputs(NamedTuple):
    """What the table of operators is made of: communes, their people and sites, people covered by flag.

    ``settled_share`` is the least part of an area on which its people live, 1 where it is known where.
    """

    communes: gpd.GeoDataFrame
    people: Floats
    sites: Floats
    sums: dict[str, Floats]
    settled_share: float


def known_operators(run: Run) -> list[str]:
    """List the operators that the country file names, and those that have a carrier."""
    has_carriers = SignalFiles(run.stages_folder).carriers.is_file()
    return sorted({*run.country.operators, *(operators_of(run.stages_folder) if has_carriers else [])})


def operator_table(run: Run, inputs: OperatorInputs, labels: dict[str, str]) -> pd.DataFrame:
    """List people covered by commune, operator (and any of them), technology and receiver environment."""
    names = operators_of(run.stages_folder) if inputs.sums else []
    operators = [*enumerate(names), (None, "any")] if inputs.sums else []
    parts = [
        _operator_rows(inputs, operator, technology, environment)
        for operator in operators
        for technology in TECHNOLOGIES
        for environment in WHERE
    ]
    empty = pd.DataFrame(columns=["commune_code", "operator", "technology", "where", "covered_share"])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    return table.assign(**labels)


def _operator_rows(
    inputs: OperatorInputs, operator: tuple[int | None, str], technology: str, environment: str
) -> pd.DataFrame:
    row, name = operator
    covered = low_high(inputs.sums, covered_column(environment, row, technology), inputs.sites)
    shares = {f"covered_share{bound}": share_of(covered[bound], inputs.people) for bound in BOUNDS}
    if inputs.settled_share < 1.0:
        share, low, high = (shares[f"covered_share{bound}"] for bound in BOUNDS)
        low, high = widened(share, low, high, inputs.settled_share)
        shares |= {"covered_share_low": low, "covered_share_high": high}
    codes = inputs.communes["commune_code"]
    named = {"commune_code": codes, "operator": name, "technology": technology, "where": environment}
    return pd.DataFrame({**named, **shares})


Columns = dict[str, Any]


def auxiliary_columns(run: Run, communes: gpd.GeoDataFrame, people: Floats, no_signal_people: Floats) -> Columns:
    """Compute measured, fibre and usage columns of the layers that are there; ``no_signal_people`` may be NaN."""
    facts = run.stage_report("radio")["facts"]
    shifts = [f"{name} {shift:+.1f} dB" for name, shift in facts.get("calibration_db", {}).items()]
    shifts += [
        f"{row['operator']} {row['technology'].upper()} {row['offset_db']:+.1f} dB"
        f" {'as stated' if row['known_share'] is None else 'by its published share'}"
        for row in facts.get("level_offsets", [])
    ]
    columns: Columns = {"calibration": np.full(len(communes), "; ".join(shifts), dtype=object)}
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
