"""The ITU's planning engine on 100 invented points and masts of Ibiza: nearest mast, people around."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

from commune_coverage.indicators.institutions import nearest_masts_m, people_around


def test_nearest_masts_and_people_are_those_of_another_engine(shared_data: Path) -> None:
    folder, raster = shared_data / "oracles/ibiza", shared_data / "formats/es_worldpop_2020_1km_unadj.tif"
    for path in (folder, raster):
        if not path.exists():
            pytest.skip(f"no '{path.name}' at '{path.parent}'")
    theirs = pd.read_csv(folder / "itu_pcd_result.csv")
    masts = pd.read_csv(folder / "cell-sites.csv").rename(columns={"radio_type": "technology"})
    masts["technology"] = masts["technology"].str.lower()
    found = nearest_masts_m(theirs, masts)
    for ours_m, other_m in (
        (found["nearest_mast_m"], theirs["cell_site_dist"]),
        (found["nearest_4g_m"], theirs["4G_cell_site_dist"]),
    ):
        # It measures in a zone of UTM, 0.1 % off at most, and looks for the nearest in degrees: up to 522 m too far.
        too_far = other_m - ours_m
        assert too_far.min() > -6
        assert (too_far.abs() < 6).sum() >= 90
        assert too_far.max() < 522 + 6
    with rasterio.open(raster) as source:
        people = source.read(1)
        rows, columns = np.nonzero(people > 0)
        lon, lat = source.transform @ (columns + 0.5, rows + 0.5)
    near = (np.abs(lon - 1.4) < 0.5) & (np.abs(lat - 38.95) < 0.4)
    held = people[rows, columns][near].astype(np.float64)
    around = people_around(theirs, [pd.DataFrame({"lon": lon[near], "lat": lat[near], "people": held})])
    # Cells of 1 km: whoever shares those that a circle cuts has others by a cell.
    for radius, least in ((1, 0.99), (3, 0.995), (5, 0.998)):
        ours, others = around[f"people_within_{radius}_km"], theirs[f"population_{radius}km"]
        assert np.corrcoef(ours, others)[0, 1] > least
        assert ours.sum() == pytest.approx(others.sum(), rel=0.03)
