"""The columns of each theme with their evidence, from the table of communes and the sums of its people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.context import Columns, IndicatorContext, floats_of
from commune_coverage.indicators.delivery import ACCESS, SEASON_SUFFIX, cost_per_parcel, delivery_columns
from commune_coverage.indicators.evidence import (
    DATA_POOR,
    TRAVEL_REASONS,
    WORDS,
    internet_evidence,
    travel_evidence,
    uncertainty_reasons,
)
from commune_coverage.indicators.internet import internet_columns
from commune_coverage.indicators.payment import payment_columns
from commune_coverage.indicators.shares import mean_of, share_of
from commune_coverage.schema.inputs import TECHNOLOGIES
from commune_coverage.schema.themes import METHODS

Floats = npt.NDArray[np.float64]

_MOSTLY = 0.5


def compute_internet(table: pd.DataFrame, context: IndicatorContext) -> Columns:
    """Compute the internet columns with their evidence.

    Parameters
    ----------
    table : DataFrame
        One row a commune, with ``people``, ``sites``, ``cell_samples`` and ``old_cell_samples``.
    context : IndicatorContext
        With ``internet_sums``, and ``towers``.

    Returns
    -------
    dict of str to array[communes]
        Columns of ``declare_internet``; no figures where the evidence is data-poor.

    Raises
    ------
    ValueError
        If nothing is known of the towers layer.
    """
    if context.towers is None:
        raise ValueError("the internet columns need what is known of the towers layer")
    people, sums = floats_of(table, "people"), context.sums["internet_sums"].sums
    figures = internet_columns(people, floats_of(table, "sites"), sums, context.country.thresholds.high_speed_mbps)
    covered = np.fmax.reduce([figures[f"covered_{technology}_share"] for technology in TECHNOLOGIES])
    kind, note = internet_evidence(
        people, floats_of(table, "cell_samples"), covered, context.towers, floats_of(table, "old_cell_samples")
    )
    poor = kind == DATA_POOR
    columns: Columns = {name: np.where(poor, np.nan, values) for name, values in figures.items()}
    reasons = uncertainty_reasons(people, {name: sums[f"uncertainty_{name}"] for name in WORDS})
    reasons[poor] = ""
    return columns | {"internet_doubts": reasons, "internet_evidence": kind, "internet_note": note}


def compute_delivery(table: pd.DataFrame, context: IndicatorContext) -> Columns:
    """Compute the delivery columns with their evidence.

    Parameters
    ----------
    table : DataFrame
        One row a commune, with ``people`` and ``area_km2``.
    context : IndicatorContext
        With ``delivery_sums``, and ``travel_method``.

    Returns
    -------
    dict of str to array[communes]
        Columns of ``declare_delivery``.
    """
    people, area_km2 = floats_of(table, "people"), floats_of(table, "area_km2")
    sums, medians, _ = context.sums["delivery_sums"]
    columns: Columns = dict(delivery_columns(people, sums, context.country.thresholds.delivery_bands_min)) | medians
    for season, suffix in SEASON_SUFFIX.items():
        columns[f"overloaded_hub{suffix}_share"] = share_of(sums[f"overloaded_{season}"], people)
    columns |= _rural(sums) if context.travel_method == "roads" else {}
    columns |= {f"parcels_{name.removesuffix('_dry')}": mean_of(sums[name], people) for name in ACCESS if name in sums}
    columns |= _costs(context, columns, people, area_km2)
    columns["delivery_method"] = np.full(len(people), METHODS[context.travel_method], dtype=object)
    reasons = _reasons(columns, share_of(sums["no_road"], people))
    unknown = np.isnan(columns["delivery_gap_share"])
    columns["delivery_evidence"], columns["delivery_note"] = travel_evidence(people, reasons, unknown)
    return columns


def _reasons(columns: Columns, no_road_share: Floats) -> dict[str, Floats]:
    """Shares of people by what weakens the delivery figures."""
    on_foot = columns["delivery_foot_share"]
    return {
        TRAVEL_REASONS["straight"]: (columns["delivery_method"] == METHODS["straight"]) * 1.0,
        TRAVEL_REASONS["no_road"]: no_road_share,
        TRAVEL_REASONS["unlinked"]: columns["unreachable_share"] - no_road_share,
        TRAVEL_REASONS["unreachable_wet"]: columns["unreachable_wet_share"],
        TRAVEL_REASONS["on_foot"]: np.where(on_foot > _MOSTLY, on_foot, 0.0),
    }


def _rural(sums: Mapping[str, Floats]) -> Columns:
    rural = sums["rural"]
    return {"rural_people": rural, "rural_access_share": share_of(sums["rural_near_road"], rural)}


def _costs(context: IndicatorContext, columns: Columns, people: Floats, area_km2: Floats) -> Columns:
    parcels, settings = context.country.parcels, context.country.parcel_cost
    density = mean_of(people * parcels.per_person_year / parcels.working_days, area_km2)
    usual = {suffix: columns[f"minutes_to_hub{suffix}_median"] for suffix in SEASON_SUFFIX.values()}
    return {
        f"cost_per_parcel{suffix}": cost_per_parcel(
            columns.get(f"minutes_drive_to_hub{suffix}_median", minutes), density, settings
        )
        for suffix, minutes in usual.items()
    }


def compute_payment(table: pd.DataFrame, context: IndicatorContext) -> Columns:
    """Compute the payment columns with their evidence.

    Parameters
    ----------
    table : DataFrame
        One row a commune, with ``people``.
    context : IndicatorContext
        With ``payment_sums``, and ``travel_method``.

    Returns
    -------
    dict of str to array[communes]
        Columns of ``declare_payment``.
    """
    people = floats_of(table, "people")
    sums, medians, _ = context.sums["payment_sums"]
    columns: Columns = dict(payment_columns(people, sums, context.country.thresholds)) | medians
    columns["payment_method"] = np.full(len(people), METHODS[context.travel_method], dtype=object)
    is_straight = (columns["payment_method"] == METHODS["straight"]) * 1.0
    reasons = {TRAVEL_REASONS["straight"]: is_straight}
    unknown = np.isnan(columns["payment_gap_share"])
    columns["payment_evidence"], columns["payment_note"] = travel_evidence(people, reasons, unknown)
    return columns
