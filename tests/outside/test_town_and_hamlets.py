"""A town ten kilometres from a mast hears it better than hamlets at eighteen: most of its way leads over fields too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from commune_coverage.api import run as run_pipeline
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.extended_hata import open_loss_db, suburban_loss_db
from tests import tiny

TOWN_PEOPLE = 36_368
MAST_KM = (5.5, 5.5)
HAMLETS_KM = [(5.5, 23.5), (23.5, 5.5), (18.2, 18.2)]
SHAPES_KM = {
    "at one point": [(15.5, 5.5)],
    "on four square kilometres": [(15.5, 5.5), (16.5, 5.5), (15.5, 6.5), (16.5, 6.5)],
}


def _degrees(at_km: list[tuple[float, float]]) -> pd.DataFrame:
    x_m, y_m = tiny.WEST + 1000 * np.array(at_km)[:, 0], tiny.SOUTH + 1000 * np.array(at_km)[:, 1]
    lon, lat = Transformer.from_crs(tiny.METRIC, "EPSG:4326", always_xy=True).transform(x_m, y_m)
    return pd.DataFrame({"lon": lon, "lat": lat})


def _levels(folder: Path, town_km: list[tuple[float, float]]) -> pd.DataFrame:
    """Places of a run with people and levels by technology, of a mast, a town and hamlets."""
    country = tiny.write_files(folder / "in")
    people = [TOWN_PEOPLE / len(town_km)] * len(town_km) + [100.0] * len(HAMLETS_KM)
    villages = _degrees([*town_km, *HAMLETS_KM]).assign(people=people)
    villages.assign(village=[f"V{i}" for i in range(len(villages))]).to_csv(folder / "in/villages.csv", index=False)
    cells = pd.read_csv(folder / "in/towers.csv").iloc[:2]
    mast = _degrees([MAST_KM] * 2)
    cells.assign(lon=mast["lon"], lat=mast["lat"], net=1).to_csv(folder / "in/towers.csv", index=False)
    tiny.without_limits(country)
    published = run_pipeline(country, folder / "d", folder / "m", date(2026, 3, 1), "serial", lambda *_: None)
    (stages,) = (folder / "d").glob(f"**/{published.run_id}/**/radio")
    rows = []
    for tile in range(tile_count(stages.parent)):
        figures = read_figures(SignalFiles(stages.parent).figures(tile), lambda name: name.startswith("received_"))
        rows.append(read_tile(stages.parent, tile).assign(**figures))
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize("shape", SHAPES_KM)
def test_a_town_nearer_to_the_mast_hears_it_better_than_hamlets_beyond(tmp_path: Path, shape: str) -> None:
    places = _levels(tmp_path, SHAPES_KM[shape])
    town = places["people"] > 1000
    assert (town.sum(), (~town).sum()) == (len(SHAPES_KM[shape]), len(HAMLETS_KM))
    assert (places.loc[town, "environment"] > places.loc[~town, "environment"].max()).all()
    for technology in ("2g", "4g"):
        level = places[f"received_{technology}_dbm"]
        assert level[town].min() > level[~town].max()


def test_by_the_law_of_the_town_alone_it_would_hear_it_worse() -> None:
    for mhz in (900.0, 1800.0):
        link = Link(mhz, 40.0, 1.5, 15.0)
        assert suburban_loss_db(np.array(10_000.0), link) > open_loss_db(np.array(18_000.0), link) + 5
