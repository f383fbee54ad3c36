"""Columns of the communes that follow from the delivery and payment sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.measured import mean_of
from commune_coverage.indicators.shares import share_of
from commune_coverage.pipeline.stages.indicators.zonal_sums import read_sums
from commune_coverage.pipeline.stages.travel.network import method_of
from commune_coverage.runs.run import Run
from commune_coverage.schema.travel_columns import METHODS
from commune_coverage.travel.access.parcel_cost import cost_per_parcel

Floats = npt.NDArray[np.float64]
Columns = dict[str, Any]


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
