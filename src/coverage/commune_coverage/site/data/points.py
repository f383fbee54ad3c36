"""Towers and hubs as the pages take them: where they stand, whom they serve, and over which area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.core.longitudes import unwrapped
from commune_coverage.site.data.communes import Index, Told, text_of
from commune_coverage.site.data.scripts import write_data
from commune_coverage.site.i18n.numbers import SHARE_UNIT, half_up

Lists = dict[str, list[Any]]

DEGREE_UNIT, HULL_UNIT = 100_000, 10_000
PAYMENT_COLUMNS = ("name", "kind", "lon", "lat")


@dataclass(frozen=True)
class Points:
    """``sites``: site, operator, lon, lat, cells, technologies, commune (row, -1 outside), people served (NaN where
    unknown), hull (points of lon and lat around its users, or None). ``hubs``: name, kind, lon, lat, commune, load
    (share of its capacity, NaN), people, communes (rows of those that mostly turn to it).

    ``payments``: name, kind, lon, lat.

    By commune: ``nearest`` (row of hubs, share of its people who turn to it, median minutes) or None, and ``servers``,
    up to three (row of sites, people of the commune whom it serves, technologies).
    """

    sites: pd.DataFrame
    hubs: pd.DataFrame
    nearest: Sequence[tuple[int, float, float | None] | None]
    servers: Sequence[Sequence[tuple[int, float]]]
    payments: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PAYMENT_COLUMNS)))

    @cached_property
    def hub_lists(self) -> Lists:
        return _lists(self.hubs, "name", "kind")

    @cached_property
    def site_lists(self) -> Lists:
        return _lists(self.sites, "operator", "site", "technologies")


def _lists(table: pd.DataFrame, *columns: str) -> Lists:
    return {name: table[name].tolist() for name in columns}


def write_points(site: Path, points: Points, told: Told, middle_deg: float = 0.0) -> None:
    """Write sites.js, hubs.js and payments.js of ``data/``, longitudes within half a turn of the middle of the map."""
    write_data(site, "sites", _sites(points.sites, middle_deg))
    write_data(site, "hubs", _hubs(points.hubs, told, middle_deg))
    write_data(site, "payments", _payments(points.payments, told, middle_deg))


def _at(table: pd.DataFrame, middle_deg: float) -> dict[str, Any]:
    return {
        "lat": [half_up(value * DEGREE_UNIT) for value in table["lat"]],
        "lon": [half_up(value * DEGREE_UNIT) for value in unwrapped(table["lon"], middle_deg).tolist()],
    }


def _payments(payments: pd.DataFrame, told: Told, middle_deg: float) -> dict[str, Any]:
    kinds = Index()
    return {
        **_at(payments, middle_deg),
        "name": [text_of(name) for name in payments["name"]],
        "kind": [kinds.number(text_of(kind)) for kind in payments["kind"]],
        "kinds": [told(kind) for kind in kinds.values],
    }


def _place(table: pd.DataFrame, middle_deg: float) -> dict[str, Any]:
    return {
        **_at(table, middle_deg),
        "commune": [int(row) for row in table["commune"]],
        "people": [None if pd.isna(value) else half_up(value) for value in table["people"]],
    }


def _sites(sites: pd.DataFrame, middle_deg: float) -> dict[str, Any]:
    operators, technologies = Index(), Index()
    return {
        **_place(sites, middle_deg),
        "site": [int(site) for site in sites["site"]],
        "operator": [operators.number(text_of(name)) for name in sites["operator"]],
        "technology": [technologies.number(text_of(name)) for name in sites["technologies"]],
        "cells": [int(cells) for cells in sites["cells"]],
        "hull": [_steps(hull, middle_deg) for hull in sites["hull"]],
        "operators": operators.values,
        "technologies": technologies.values,
    }


def _steps(hull: Sequence[Sequence[float]] | None, middle_deg: float) -> list[int] | None:
    """Whole numbers: x, y of the first point, then steps."""
    if hull is None:
        return None
    steps, before = [], (0, 0)
    lons = unwrapped([lon for lon, _ in hull], middle_deg).tolist()
    for lon, (_, lat) in zip(lons, hull, strict=True):
        at = half_up(lon * HULL_UNIT), half_up(lat * HULL_UNIT)
        steps += [at[0] - before[0], at[1] - before[1]]
        before = at
    return steps


def _hubs(hubs: pd.DataFrame, told: Told, middle_deg: float) -> dict[str, Any]:
    kinds = Index()
    return {
        **_place(hubs, middle_deg),
        "name": [text_of(name) for name in hubs["name"]],
        "kind": [kinds.number(text_of(kind)) for kind in hubs["kind"]],
        "load": [None if pd.isna(share) else half_up(share * SHARE_UNIT) for share in hubs["load"]],
        "communes": [[int(row) for row in rows] for rows in hubs["communes"]],
        "kinds": [told(kind) for kind in kinds.values],
    }


def facts_of(points: Points, rows: Sequence[int], told: Told) -> dict[str, Any]:
    """Of some communes the nearest hub and the sites that serve most people, as a part of the data takes them."""
    return {
        "hub": [_hub(points.hub_lists, points.nearest[row], told) for row in rows],
        "servers": [_servers(points.site_lists, points.servers[row]) for row in rows],
    }


def _hub(hubs: Lists, nearest: tuple[int, float, float | None] | None, told: Told) -> list[Any] | None:
    if nearest is None:
        return None
    number, share, minutes = nearest
    whole = None if minutes is None else half_up(minutes)
    return [text_of(hubs["name"][number]), told(text_of(hubs["kind"][number])), half_up(share * SHARE_UNIT), whole]


def _servers(sites: Lists, servers: Sequence[tuple[int, float]]) -> list[list[Any]]:
    return [
        [
            text_of(sites["operator"][number]),
            int(sites["site"][number]),
            half_up(people),
            text_of(sites["technologies"][number]),
        ]
        for number, people in servers
    ]
