"""All candidates of a plan as one table, with names that stay the same from run to run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_attributes, read_table
from commune_coverage.planning.candidates.points import fibre_candidates, meeting_points, point_candidates
from commune_coverage.planning.candidates.towers import Needy, needy_squares, site_candidates
from commune_coverage.planning.demand import Demand, Places
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme
from commune_coverage.population.tables import read_places
from commune_coverage.readers.ground.elevation import over_ground_m
from commune_coverage.runs.run import Run

Floats = npt.NDArray[np.float64]

TOWERS = ("upgrade", "share", "build", "build_locker")
INTERNET = (*TOWERS, "fibre")
POINTS = ("branch", "pickup", "locker", "agent", "build_locker")
COLUMNS = [
    "candidate_id",
    "kind",
    "operator",
    "place_name",
    "why",
    "lon",
    "lat",
    "x_m",
    "y_m",
    "need_people",
    "alternative",
    "commune",
]


def candidates_of(run: Run, places: Places, demand: Demand, scenario: Scenario) -> pd.DataFrame:
    """List all candidates.

    Parameters
    ----------
    run : Run
        Computed to its gaps.
    places : Places
        Its places.
    demand : Demand
        Items of people in need.
    scenario : Scenario
        Has the kinds and limits of candidates.

    Returns
    -------
    DataFrame, J rows
        With COLUMNS, sorted by ``candidate_id``. ``alternative`` is the spot: of the kinds of hub at one spot at most
        one is opened. ``commune`` is the row of the commune that each stands in.
    """
    folder = run.stages_folder
    spots = read_places(folder, ["lon", "lat"]).assign(x_m=places.x_m, y_m=places.y_m)
    needy = {
        theme: needy_squares(places.position, demand.people[demand.theme == row], demand.place[demand.theme == row])
        for row, theme in enumerate(THEMES)
        if (demand.theme == row).any()
    }
    parts = []
    if "internet" in needy and (folder / "sites.parquet").is_file():
        sites = read_table(folder / "sites.parquet")
        listed = site_candidates(sites, needy["internet"], _relief_m(run, spots), spots, scenario)
        if len(listed):
            parts.append(listed.assign(place_name="", why=""))
    communes, centres = read_attributes(folder / "communes.parquet"), _centres(places, spots)
    parts.append(fibre_candidates(centres, communes, places, demand, run.country, scenario))
    parts.append(_points(run, communes, centres, needy, scenario))
    return _named(pd.concat([part for part in parts if len(part)] or [_no_candidates()], ignore_index=True), run)


def _no_candidates() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})


def _relief_m(run: Run, spots: pd.DataFrame) -> Floats:
    layer = run.country.layers.elevation
    if layer is None:
        return np.full(len(spots), np.nan)
    return over_ground_m(layer, spots["lon"].to_numpy(), spots["lat"].to_numpy())


def _centres(places: Places, spots: pd.DataFrame) -> pd.DataFrame:
    """Find the most populous place of each commune with people: a row of the spots, and ``commune``."""
    order = np.lexsort((places.share_place, -places.share_people, places.share_commune))
    first = order[np.flatnonzero(np.diff(places.share_commune[order], prepend=-1))]
    return spots.iloc[places.share_place[first]].reset_index(drop=True).assign(commune=places.share_commune[first])


def _points(
    run: Run, communes: pd.DataFrame, centres: pd.DataFrame, needy: Mapping[Theme, Needy], scenario: Scenario
) -> pd.DataFrame:
    folder = run.stages_folder
    standing = {
        name: read_table(folder / f"{name}.parquet") if (folder / f"{name}.parquet").is_file() else pd.DataFrame()
        for name in ("hubs", "payments")
    }
    return point_candidates(meeting_points(communes, centres, standing), needy, standing, scenario)


def _named(listed: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Names of kind, operator and position to 11 m; where two are the same the first stays."""
    if not len(listed):
        return listed
    where = [f"{lat:.4f},{lon:.4f}" for lat, lon in zip(listed["lat"], listed["lon"], strict=True)]
    who = listed["operator"].astype(str).str.replace(r"[^\w-]+", "-", regex=True).str.strip("-")
    names = [
        f"{kind}:{by}@{at}" if by else f"{kind}@{at}" for kind, by, at in zip(listed["kind"], who, where, strict=True)
    ]
    is_hub = listed["kind"].isin(["branch", "pickup", "locker"]).to_numpy()
    spot = [f"hub@{at}" if hub else name for hub, at, name in zip(is_hub, where, names, strict=True)]
    listed = listed.assign(candidate_id=names, alternative=spot).drop_duplicates("candidate_id")
    commune = run.area.commune_of(listed["lon"].to_numpy(), listed["lat"].to_numpy())
    inside = listed.assign(commune=commune)[commune >= 0]
    whole = pd.concat([inside, _with_lockers(inside)], ignore_index=True) if _has_lockers(inside) else inside
    return whole.sort_values("candidate_id", ignore_index=True)[COLUMNS]


def _has_lockers(listed: pd.DataFrame) -> bool:
    return bool((listed["kind"] == "locker").any())


def _with_lockers(listed: pd.DataFrame) -> pd.DataFrame:
    """Each new site once more with a parcel locker at its foot: the alternative to the site alone."""
    rows = listed[listed["kind"] == "build"]
    names = rows["candidate_id"].str.replace("build", "build_locker", n=1)
    return rows.assign(kind="build_locker", candidate_id=names, place_name="planned site", why="planned site")
