"""Tables of an ensemble: the draws themselves, and what follows of each area: estimate, interval, rank, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from commune_coverage.config.covered import Covered
from commune_coverage.config.obligations import Obligation
from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.ensemble import Ensemble
from commune_coverage.ensemble.intervals import interval, probability_under, rank_intervals
from commune_coverage.indicators.areas import Areas, areas_of
from commune_coverage.indicators.covered_areas import CoverageTables, area_shares
from commune_coverage.schema.areas import NATION
from commune_coverage.schema.ensemble import ANY, INTERVALS, NO, SITES, WEIGHT, YES

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_KEY = ["figure", "operator", "technology"]
_ENDS, _RANKS = ("low", "estimate", "high"), ("rank_low", "rank", "rank_high")
_LABELS, _DRAW = ("synthetic_layers",), "draw_"
_ROUNDING = 1e-6
"""Shares of draws are kept in single precision."""


def draws_table(drawn: Ensemble, codes: npt.NDArray[np.object_], listed_sites: Mapping[str, int]) -> pd.DataFrame:
    """Tabulate draws, one column each.

    Parameters
    ----------
    drawn : Ensemble
        Weighted draws.
    codes : (communes,) str
        Codes of the communes.
    listed_sites : mapping of str to int
        By operator in the order of the ensemble, sites in the country that the file has.

    Returns
    -------
    DataFrame
        ``figure``, ``operator``, ``technology``, ``commune_code``, ``people`` and a column a draw, float32. The first
        row has the weights; a row for each operator the sites of the file with those that it lacks; then the shares.
    """
    names = [f"{_DRAW}{number:04d}" for number in range(len(drawn.weights.weight))]
    sites = np.array(list(listed_sites.values()))[:, np.newaxis] + drawn.missing.T
    shares = drawn.shares.reshape(len(names), -1).T
    values = np.concatenate([drawn.weights.weight[np.newaxis], sites, shares]).astype(np.float32)
    heads = [(WEIGHT, ANY, ANY, "", np.nan), *((SITES, name, ANY, "", np.nan) for name in listed_sites)]
    heads += [
        (one.kind, one.operator or ANY, one.technology or ANY, code, people)
        for one in drawn.figures
        for code, people in zip(codes, drawn.people, strict=True)
    ]
    labels = pd.DataFrame(heads, columns=[*_KEY, "commune_code", "people"])
    return pd.concat([labels, pd.DataFrame(values, columns=names)], axis=1)


def count_outside(drawn: Ensemble, full: Floats | None) -> tuple[int, int]:
    """Count the figures of communes that lie outside their own interval, and those that are known.

    Parameters
    ----------
    drawn : Ensemble
        Weighted draws.
    full : (figures, communes) float64 or None
        Figures of the run.

    Returns
    -------
    outside, known : int
    """
    if full is None:
        return 0, 0
    low, _, high = interval(drawn.shares, drawn.weights.weight)
    known = np.isfinite(full) & np.isfinite(low)
    outside = known & ((full < low - _ROUNDING) | (full > high + _ROUNDING))
    return int(outside.sum()), int(known.sum())


class Known(NamedTuple):
    """What intervals stand beside.

    Attributes
    ----------
    communes : GeoDataFrame
        ``commune_gaps``, in code order.
    tables : CoverageTables
        What the run says is covered, by area.
    obligations : sequence of Obligation
        Targets.
    threshold_mbps : float, Mbps
        The headline speed.
    """

    communes: gpd.GeoDataFrame
    tables: CoverageTables
    obligations: Sequence[Obligation]
    threshold_mbps: float


class _Drawn(NamedTuple):
    """Draws of one figure in the areas of one level, (draws, areas), and their weights."""

    figure: Figure
    areas: Areas
    draws: Floats
    weight: Floats


def tabulate_intervals(draws: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Tabulate every figure of every area.

    Parameters
    ----------
    draws : DataFrame
        As ``draws_table`` has them.
    known : Known
        What intervals stand beside.

    Returns
    -------
    DataFrame
        The columns of ``INTERVALS`` but labels of the run; a row for each target where an area has several.
    """
    names = [name for name in draws if str(name).startswith(_DRAW)]
    weight = draws.loc[draws["figure"] == WEIGHT, names].to_numpy(np.float64)[0]
    weight, parts = weight / weight.sum(), []
    for key, rows in draws[draws["figure"] != WEIGHT].groupby(_KEY, sort=False):
        figure = Figure(*("" if part == ANY else str(part) for part in key))
        values = rows[names].to_numpy(np.float64).T
        if figure.kind == SITES:
            nation = Areas(NATION, [""], np.zeros(0, dtype=np.int64))
            parts.append(_of_level(_Drawn(figure, nation, values, weight)))
            continue
        for areas, shares in _by_level(values, rows["people"].to_numpy(np.float64), known.communes):
            one = _Drawn(figure, areas, shares, weight)
            parts.append(_with_targets(_beside_run(_of_level(one), one, known), one, known))
    return pd.concat(parts, ignore_index=True).reindex(columns=INTERVALS.names[: -len(_LABELS)])


def _by_level(shares: Floats, people: Floats, communes: gpd.GeoDataFrame) -> Iterator[tuple[Areas, Floats]]:
    """Shares of the people of each area, of its communes whose shares are known; NaN without any."""
    is_known = np.isfinite(shares).all(axis=0) & (people > 0)
    covered = np.where(is_known, shares, 0.0) * np.where(is_known, people, 0.0)
    for areas in areas_of(communes):
        inside = is_known & (areas.of_commune >= 0)
        belongs = csr_array(
            (np.ones(inside.sum()), (np.flatnonzero(inside), areas.of_commune[inside])),
            shape=(len(people), len(areas.codes)),
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            yield areas, (covered @ belongs) / (np.where(inside, people, 0.0) @ belongs)


def _of_level(one: _Drawn) -> pd.DataFrame:
    """Estimate, interval and rank of each area."""
    is_known: Flags = np.asarray(np.isfinite(one.draws).all(axis=0))
    found = dict(zip(_ENDS, interval(one.draws[:, is_known], one.weight), strict=True))
    if one.areas.level != NATION and is_known.any():
        found |= dict(zip(_RANKS, rank_intervals(one.draws[:, is_known], one.weight), strict=True))
    columns = pd.DataFrame(found, index=np.flatnonzero(is_known)).reindex(range(len(is_known)))
    named = {"level": one.areas.level, "code": one.areas.codes, "figure": one.figure.kind}
    named |= {"operator": one.figure.operator or ANY, "technology": one.figure.technology or ANY}
    return columns.assign(**named, unit=SITES if one.figure.kind == SITES else "share", obligation="")


def _beside_run(table: pd.DataFrame, one: _Drawn, known: Known) -> pd.DataFrame:
    """What the run says of each area, and whether that lies outside the interval."""
    which = _covered(one.figure, known.threshold_mbps)
    shares = area_shares(which, one.areas.level, known.tables).set_index("code")["share"]
    value = shares.reindex(one.areas.codes).to_numpy(np.float64)
    value = 1.0 - value if one.figure == GAP else value
    is_outside = (value < table["low"] - _ROUNDING) | (value > table["high"] + _ROUNDING)
    says = np.where(is_outside, YES, NO)
    return table.assign(run_value=value, run_outside=np.where(np.isfinite(value) & table["low"].notna(), says, ""))


def _covered(figure: Figure, threshold_mbps: float) -> Covered:
    if figure == GAP:
        return Covered(speed_mbps=threshold_mbps)
    return Covered.model_validate({"operator": figure.operator or None, "technology": figure.technology})


def _with_targets(table: pd.DataFrame, one: _Drawn, known: Known) -> pd.DataFrame:
    """A row for each obligation of an area, with the probability of missing it."""
    which = _covered(one.figure, known.threshold_mbps)
    own = [target for target in known.obligations if target.level == one.areas.level and _is_of(target, which)]
    parts, told = [], np.zeros(len(table), dtype=np.bool_)
    for target in own:
        is_meant = table["code"].isin(target.codes).to_numpy() if target.codes else np.ones(len(table), dtype=np.bool_)
        missed = probability_under(1.0 - one.draws if one.figure == GAP else one.draws, one.weight, target.share)
        missed = np.where(table["low"].notna(), missed, np.nan)
        share = 1.0 - target.share if one.figure == GAP else target.share
        named = table.assign(obligation=target.id, target_share=share, missed_probability=missed)
        parts.append(named[is_meant])
        told |= is_meant
    return pd.concat([table[~told], *parts]).sort_index(kind="stable")


def _is_of(target: Obligation, which: Covered) -> bool:
    return all(getattr(target, name) == getattr(which, name) for name in Covered.model_fields)
