"""Towers and hubs for the pages, with whom each serves and who serves a commune."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table
from commune_coverage.pipeline.stages.radio.served_sites import Most, most_people, read_served
from commune_coverage.pipeline.stages.travel.artifacts import read_hub_people
from commune_coverage.runs.run import Run
from commune_coverage.site.data.points import PAYMENT_COLUMNS, Points

Floats = npt.NDArray[np.float64]


def points_of(run: Run, table: pd.DataFrame) -> Points | None:
    """Of the sites, hubs and payment points of a run; None where it has none. ``table`` is commune_gaps."""
    folder = run.stages_folder
    if not any((folder / f"{name}.parquet").is_file() for name in ("sites", "hubs", "payments")):
        return None
    communes = len(table)
    sites, servers = _sites(run, communes)
    hubs, nearest = _hubs(run, table)
    return Points(sites, hubs, nearest, servers, _payments(folder / "payments.parquet"))


def _payments(source: Path) -> pd.DataFrame:
    if not source.is_file():
        return pd.DataFrame(columns=list(PAYMENT_COLUMNS))
    return read_table(source).rename(columns={"point_name": "name", "class": "kind"})[list(PAYMENT_COLUMNS)]


_NO_SITES = ("site", "operator", "lon", "lat", "cells", "technologies", "commune", "people", "hull")
_NO_HUBS = ("name", "kind", "lon", "lat", "commune", "load", "people", "communes")


def _sites(run: Run, communes: int) -> tuple[pd.DataFrame, list[Most]]:
    source = run.stages_folder / "sites.parquet"
    if not source.is_file():
        return pd.DataFrame(columns=list(_NO_SITES)), [[] for _ in range(communes)]
    sites = read_table(source)
    served = read_served(run.stages_folder, len(sites), communes)
    shown = sites.assign(people=served.people, hull=pd.Series(served.hulls, dtype=object))
    return shown[list(_NO_SITES)], served.servers


def _hubs(run: Run, table: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[int, float, float | None] | None]]:
    """Hubs with the people nearest to them in the dry season, and of each commune the hub of most of its people."""
    folder = run.stages_folder
    turning = read_hub_people(folder)
    if turning is None:
        return pd.DataFrame(columns=list(_NO_HUBS)), [None] * len(table)
    hubs = read_table(folder / "hubs.parquet")
    people, minutes = table["people"].to_numpy(), table["minutes_to_hub_median"].to_numpy()
    nearest: list[tuple[int, float, float | None] | None] = [
        (most[0][0], min(most[0][1] / people[row], 1.0), None if np.isnan(minutes[row]) else float(minutes[row]))
        if most
        else None
        for row, most in enumerate(most_people(turning))
    ]
    turned_to: list[list[int]] = [[] for _ in range(len(hubs))]
    for row, site_and_distance in enumerate(nearest):
        if site_and_distance:
            turned_to[site_and_distance[0]].append(row)
    shown = pd.DataFrame(
        {
            "name": hubs["point_name"],
            "kind": hubs["class"],
            "lon": hubs["lon"],
            "lat": hubs["lat"],
            "commune": read_table(folder / "hub_communes.parquet")["commune"],
            "load": _loads(folder, len(hubs)),
            "people": np.asarray(turning.sum(axis=1)).ravel(),
            "communes": turned_to,
        }
    )
    return shown, nearest


def _loads(folder: Path, hubs: int) -> Floats:
    source = folder / "hub_access" / "hubs.parquet"
    return read_table(source)["load_dry_share"].to_numpy() if source.is_file() else np.full(hubs, np.nan)
