"""Masts of two real crowds' files: as many as others say there are, and base stations as their identities say."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.core.metric_system import whole_system
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.readers.towers.stations.located import locate_cells
from commune_coverage.readers.towers.stations.mast_count import count_masts

TECHNOLOGIES = {"GSM": "2g", "UMTS": "3g", "LTE": "4g", "NR": "5g"}


def located(source, shapes, crs, near_deg=0.3):
    """Cells in and near a country at their masts, the stations, the sites, and which of these stand in it."""
    raw = pd.read_csv(source)
    cells = pd.DataFrame(
        {
            "technology": raw["radio"].map(TECHNOLOGIES),
            "operator": raw["net"].astype(str),
            "area": raw["area"],
            "cell_id": raw["cell"],
            "lon": raw["lon"],
            "lat": raw["lat"],
            "range_m": raw["range"].astype(float),
            "samples": raw["samples"].astype(float),
            "is_register": False,
            "is_planned": False,
        }
    )
    country = shapely.union_all(gpd.read_file(shapes).to_crs(4326).geometry.to_numpy())
    west, south, east, north = shapely.buffer(shapely.box(*country.bounds), near_deg).bounds
    near = cells["lon"].between(west, east) & cells["lat"].between(south, north)
    system = whole_system(crs)
    found = locate_cells(cells[near], system, load_radios(None).positions, 100.0)
    lon, lat = system.to_degrees(found.sites["x_m"].to_numpy(), found.sites["y_m"].to_numpy())
    return found, shapely.contains_xy(country, lon, lat)


@pytest.fixture(scope="module")
def luxembourg(shared_data):
    folder = shared_data / "luxembourg"
    return located(folder / "towers/lu_opencellid_270.csv", folder / "boundaries/lux.shp", "EPSG:32632")


@pytest.fixture(scope="module")
def guadeloupe(shared_data):
    folder = shared_data / "oracles/guadeloupe"
    return located(folder / "cells.csv", folder / "communes.geojson", "EPSG:32620")


def test_luxembourg_has_about_750_masts_and_the_range_holds_them(luxembourg):
    found, inside = luxembourg
    count = count_masts(found.sites, inside)
    assert 600 <= count.estimate <= 900
    assert count.low <= 750 <= count.high
    assert count.high - count.low < 400
    assert 600 <= found.sites["mast"][inside].nunique() <= 900


def test_luxembourg_s_lte_identities_say_377_339_and_430_stations(luxembourg):
    stations = luxembourg[0].stations
    lte = stations[stations["technology"] == "4g"].groupby("operator").size()
    for operator, identities in (("1", 377), ("77", 339), ("99", 430)):
        # An identity whose cells stand apart is more than one station.
        assert identities - 5 <= lte[operator] <= identities * 1.08


def test_stations_of_one_operator_that_are_numbered_4000_apart_stand_on_one_site(luxembourg):
    """Found in the file: most stations of Orange have another one 4,000 above; chance would bring few of these near."""
    found, _ = luxembourg
    stations = found.stations.query("operator == '99' and technology == '4g'")
    site = stations.drop_duplicates("number").set_index("number")["site"]
    pairs = [(number, number + 4000) for number in site.index if number + 4000 in site.index]
    assert len(pairs) > 100
    assert np.mean([site[first] == site[second] for first, second in pairs]) > 0.7


def test_guadeloupe_s_stations_of_orange_by_their_identities(guadeloupe):
    stations = guadeloupe[0].stations
    orange = stations[stations["operator"] == "1"].groupby("technology").size()
    # 143 eNodeBs, 232 groups of ten GSM cells; 427 of UMTS where the controller is not told from the cell's number, 349
    # where it is.
    assert orange["4g"] == pytest.approx(143, rel=0.05)
    assert orange["2g"] == pytest.approx(232, rel=0.05)
    assert 349 <= orange["3g"] <= 427


def test_guadeloupe_has_fewer_masts_than_stations_and_no_fewer_than_one_operator_has_sites(guadeloupe):
    found, inside = guadeloupe
    count, sites = count_masts(found.sites, inside), found.sites[inside]
    assert sites.groupby("operator").size().max() <= count.estimate <= len(sites)
    assert count.low < count.estimate < count.high
    assert count.estimate < 0.3 * len(found.stations)


@pytest.mark.parametrize("country", ["luxembourg", "guadeloupe"])
def test_every_cell_stands_at_a_site_of_its_operator_and_at_its_mast(country, request):
    found, _ = request.getfixturevalue(country)
    cells, sites = found.cells, found.sites
    assert (sites["operator"].to_numpy()[cells["site"]] == cells["operator"]).all()
    assert (sites["x_m"].to_numpy()[cells["site"]] == cells["x_m"]).all()
    assert np.isfinite(cells["position_sigma_m"]).all()
    assert sites.groupby("mast")["operator"].apply(lambda names: names.is_unique).all()
