"""Whom neither fixed lines nor mobile networks reach: known place by place, or bounded where only shares are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.shares import gap_people, low_high, share_of
from commune_coverage.population.weights import to_fixed_point
from commune_coverage.schema.fixed import BASIS_NONE, BASIS_PLACE, BASIS_TABLE

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]

NO_SHARE = "no row of the table of fixed lines says what share of the commune they reach at this speed"
ALL_LINES = ("", "any", "all", "total")
"""Words of a row that is of all operators or technologies together."""
_LEVELS = ("nation", "province", "district", "commune")


class Gap(NamedTuple):
    """Share of people whom something does not reach, with its low and high; (n,) float64 each."""

    value: Floats
    low: Floats
    high: Floats


def exactly(share: Floats) -> Gap:
    """Make a gap of a share that is known.

    Parameters
    ----------
    share : float64[n]
        Share of people not reached.

    Returns
    -------
    Gap
    """
    return Gap(share, share, share)


def neither(first: Gap, second: Gap) -> Gap:
    """Bound the share of people whom neither of two things reaches, of which only shares are known.

    Parameters
    ----------
    first, second : Gap
        Shares that each of them does not reach.

    Returns
    -------
    Gap
        As estimated if both were independent of each other; low and high are the Frechet bounds of their own bounds.

    Notes
    -----
    For shares a and b of one population the share of both lies in max(0, a + b - 1)..min(a, b), whatever their joint
    law (Frechet 1935), and is a b where they are independent.
    """
    low = np.maximum(first.low - (1.0 - second.low), 0.0)
    return Gap(first.value * second.value, low, np.minimum(first.high, second.high))


def gap_of(sums: Mapping[str, Floats], name: str, sites: Floats, people: Floats) -> Gap:
    """Share of people for whom something does not hold.

    Parameters
    ----------
    sums : mapping of str to float64[communes]
        People under ``name`` with the bounds of the places.
    name : str
        What holds for the people.
    sites : float64[communes]
        Sites in each commune.
    people : float64[communes]
        People.

    Returns
    -------
    Gap
        Its low is what remains when all that may hold does.
    """
    held = low_high(sums, name, sites)
    return Gap(*(share_of(gap_people(people, held[bound]), people) for bound in ("", "_high", "_low")))


class AreaGaps(NamedTuple):
    """Shares of areas that fixed lines do not reach, and which area each commune takes its share from.

    Attributes
    ----------
    names : list of str
        Level and code of each area.
    gap : Gap
        Of each area.
    communes : list of int64[communes of the area]
        Rows of the communes of each area that have people.
    people_share : float64[communes]
        Share of the people of a commune's area who live in the commune.
    area : int64[communes]
        Row of the finest area that a row of the table states, -1 for none.
    """

    names: list[str]
    gap: Gap
    communes: list[Integers]
    people_share: Floats
    area: Integers

    def of_communes(self) -> Gap:
        """Return the gap of each commune: the area's, within what the area's leaves possible; NaN without an area.

        Returns
        -------
        Gap

        Notes
        -----
        Where a share w of the area's people live in the commune and the area's gap is g, that of the commune lies in
        max(0, (g - (1 - w)) / w)..min(1, g / w).
        """
        known = self.area >= 0
        here = np.where(known, self.area, 0)
        if not self.names:
            return exactly(np.full(len(self.area), np.nan))
        weight = np.where(self.people_share > 0, self.people_share, np.nan)
        value, low, high = (np.where(known, part[here], np.nan) for part in self.gap)
        low = np.fmax((low - (1.0 - weight)) / weight, 0.0)
        return Gap(value, np.where(known, low, np.nan), np.where(known, np.fmin(high / weight, 1.0), np.nan))


def area_gaps(rows: pd.DataFrame, codes: Mapping[str, Sequence[str]], people: Floats, speed_mbps: float) -> AreaGaps:
    """Find what share of each area's people fixed lines of a speed do not reach.

    Parameters
    ----------
    rows : DataFrame
        ``level``, ``code``, ``operator``, ``technology``, ``speed_mbps`` and ``covered_share``: who has a speed has
        every lower one.
    codes : mapping of str to sequence of str
        Code of each commune's area, by level: 'commune', 'district', 'province'.
    people : float64[communes]
        People.
    speed_mbps : float
        Downlink, Mbps.

    Returns
    -------
    AreaGaps
        Of lines of several operators or technologies the gap is ``neither`` of them, unless a row states all together.
    """
    gaps = _of_areas(rows[rows["speed_mbps"] >= speed_mbps])
    counted = np.where(np.isfinite(people), people, 0.0)
    area, weight = np.full(len(people), -1, dtype=np.int64), np.zeros(len(people))
    communes: list[Integers] = []
    rows_of = {level: _rows_by_code(codes.get(level, [""] * len(people))) for level in _LEVELS}
    for number, (level, code) in enumerate(zip(gaps["level"], gaps["code"], strict=True)):
        inside = rows_of[level].get(str(code), np.zeros(0, dtype=np.int64))
        total = counted[inside].sum()
        area[inside], weight[inside] = number, counted[inside] / total if total > 0 else 0.0
        communes.append(inside[counted[inside] > 0])
    names = (gaps["level"] + " " + gaps["code"]).str.strip().tolist()
    gap = Gap(*(gaps[name].to_numpy(dtype=np.float64) for name in Gap._fields))
    return AreaGaps(names, gap, communes, weight, area)


def _rows_by_code(codes: Sequence[str]) -> dict[str, Integers]:
    groups = pd.Series(list(codes), dtype=object).groupby(list(codes)).indices
    return {str(code): np.asarray(rows, dtype=np.int64) for code, rows in groups.items()}


def _of_areas(rows: pd.DataFrame) -> pd.DataFrame:
    """The gap that all lines of an area leave, (areas,) from the nation to the communes: ``neither`` of each line's."""
    lines = rows.groupby(["level", "code", "operator", "technology"], as_index=False)["covered_share"].max()
    words = [lines[name].astype(str).str.lower().isin(ALL_LINES) for name in ("operator", "technology")]
    lines = lines.assign(gap=1.0 - lines["covered_share"], is_whole=words[0] & words[1])
    areas = lines.groupby(["level", "code"]).agg(
        value=("gap", "prod"), shares=("covered_share", "sum"), high=("gap", "min"), is_whole=("is_whole", "any")
    )
    low = (1.0 - areas["shares"]).clip(lower=0.0)
    value, low = (part.where(~areas["is_whole"].astype(bool), areas["high"]) for part in (areas["value"], low))
    areas = areas.assign(value=value, low=low).reset_index()
    order = np.argsort(areas["level"].map(_LEVELS.index).to_numpy(dtype=np.int64), kind="stable")
    return areas.iloc[order]


class Reach(NamedTuple):
    """What is known of one speed.

    Attributes
    ----------
    mobile : Gap
        Share of people whom mobile networks do not reach, by commune.
    places : Gap
        Share whom neither these nor fixed lines of known places reach.
    estimate : Gap
        The same without the radio model's own low and high.
    lines : float64[communes] or None
        Share whom fixed lines of known places reach; None where no place is known.
    areas : AreaGaps or None
        What tables of shares say; None where there is none.
    """

    mobile: Gap
    places: Gap
    estimate: Gap
    lines: Floats | None
    areas: AreaGaps | None

    @property
    def table(self) -> Gap | None:
        """Gap of the tables by commune; None where there is none, and where places are known and no row is, nobody."""
        if self.areas is None:
            return None
        gap = self.areas.of_communes()
        if self.lines is None:
            return gap
        return Gap(*(np.where(self.areas.area >= 0, part, 1.0) for part in gap))

    def joint(self, places: Gap) -> Gap:
        """Join a gap of places with what tables say."""
        return places if self.table is None else neither(places, self.table)


def fixed_columns(name: str, reach: Reach, people: Floats) -> Columns:
    """Compute the columns of one speed.

    Parameters
    ----------
    name : str
        What stands in the columns' names: '' for the headline, '_10_mbps'.
    reach : Reach
        What is known of the speed.
    people : float64[communes]
        People.

    Returns
    -------
    dict of str to float64[communes]
        ``internet_gap``: neither fixed nor mobile, its low and high with the mobile ones' and the Frechet bounds;
        ``frechet``: the Frechet bounds alone; ``mobile_gap``, and ``fixed`` of both kinds of evidence together.
    """
    both, frechet = reach.joint(reach.places), reach.joint(reach.estimate)
    unreached = reach.joint(exactly(1.0 - (np.zeros(len(people)) if reach.lines is None else reach.lines)))
    gap = f"internet_gap{name}"
    columns = _bounded(f"{gap}_share", both) | _bounded(f"mobile_gap{name}_share", reach.mobile)
    columns |= {
        f"{gap}_people": to_fixed_point(both.value * people),
        f"{gap}_frechet_low_share": frechet.low,
        f"{gap}_frechet_high_share": frechet.high,
        f"mobile_gap{name}_people": to_fixed_point(reach.mobile.value * people),
    }
    return columns | _bounded(f"fixed{name}_share", Gap(1 - unreached.value, 1 - unreached.high, 1 - unreached.low))


def _bounded(name: str, gap: Gap) -> Columns:
    return {name: gap.value, f"{name}_low": gap.low, f"{name}_high": gap.high}


def basis_columns(reach: Reach, figures: Mapping[str, npt.NDArray[Any]]) -> Columns:
    """Say by which evidence fixed lines count, and where the headline cannot be known for want of it.

    Parameters
    ----------
    reach : Reach
        What is known of the headline speed.
    figures : mapping of str to array[communes]
        Evidence and note of the theme.

    Returns
    -------
    dict of str to object[communes]
        ``fixed_basis``, ``fixed_area``, evidence and note.
    """
    by_table = np.zeros(len(reach.mobile.value), dtype=bool) if reach.areas is None else reach.areas.area >= 0
    by_place = np.full(len(by_table), reach.lines is not None)
    both = np.where(by_table & by_place, f"{BASIS_PLACE} and {BASIS_TABLE}", BASIS_NONE)
    basis = np.where(by_table ^ by_place, np.where(by_table, BASIS_TABLE, BASIS_PLACE), both).astype(object)
    area = [reach.areas.names[row] if row >= 0 else "" for row in reach.areas.area] if reach.areas is not None else ""
    unknown = (basis == BASIS_NONE) & (figures["internet_evidence"] != DATA_POOR)
    return {
        "fixed_basis": basis,
        "fixed_area": np.full(len(basis), area, dtype=object) if area == "" else np.array(area, dtype=object),
        "internet_evidence": np.where(unknown, DATA_POOR, figures["internet_evidence"]).astype(object),
        "internet_note": np.where(unknown, NO_SHARE, figures["internet_note"]).astype(object),
    }


def national_bounds(reach: Reach, people: Floats) -> dict[str, float]:
    """Bound the nation's share of people whom neither fixed lines nor mobile networks reach.

    Parameters
    ----------
    reach : Reach
        What is known of the headline speed.
    people : float64[communes]
        People.

    Returns
    -------
    dict of str to float
        ``internet_gap_frechet_low_share`` and ``_high_share`` of the people of communes whose gap is known; empty where
        there are none.

    Notes
    -----
    The bounds of an area that a table states are those of its own share and of its own mobile gap, narrower than the
    sum of its communes', and are taken where its communes all rest on them.
    """
    frechet = reach.joint(reach.estimate)
    known = np.isfinite(frechet.value) & (people > 0)
    total = people[known].sum()
    if not total > 0:
        return {}
    ends = np.array([np.where(known, part * people, 0.0) for part in (frechet.low, frechet.high)])
    sums = ends.sum(axis=1)
    if reach.areas is not None:
        sums += _narrower(reach.areas, reach.estimate, people, known, ends)
    return {
        f"internet_gap_frechet_{end}_share": min(max(float(one / total), 0.0), 1.0)
        for end, one in zip(("low", "high"), sums, strict=True)
    }


def _narrower(areas: AreaGaps, estimate: Gap, people: Floats, known: npt.NDArray[np.bool_], ends: Floats) -> Floats:
    """People by which the low and the high of whole areas differ from the sums of their communes' ``ends``."""
    more = np.zeros(2)
    for row, inside in enumerate(areas.communes):
        if len(inside) and (known & (areas.area == row))[inside].all():
            held = people[inside].sum()
            places = Gap(*(np.array((part * people)[inside].sum() / held) for part in estimate))
            own = neither(places, Gap(*(part[row] for part in areas.gap)))
            more += np.array([own.low, own.high]) * held - ends[:, inside].sum(axis=1)
    return more
