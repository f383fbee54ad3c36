import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.travel import Parcels, Travel
from commune_coverage.travel.access.hub_tiers import with_tiers
from commune_coverage.travel.graph.speeds import line_speeds, parse_duration_min


def _roads(**columns):
    usual = {"class": "primary", "surface": "asphalt", "max_speed_kmh": np.nan, "oneway": ""}
    return pd.DataFrame(usual | columns)


def test_speeds_by_class_surface_limit_and_season():
    roads = _roads(
        **{
            "class": ["primary", "primary_link", "track", "odd", "Secondary", "unclassified"],
            "surface": ["asphalt", "", "dirt", "", "gravel", ""],
            "max_speed_kmh": [40.0, np.nan, np.nan, np.nan, np.nan, np.nan],
        }
    )
    found = line_speeds(roads, Travel(road_kmh={"odd": 12.0}))
    assert found.dry_kmh.tolist() == pytest.approx([40, 60, 10.5, 12, 35, 30])
    assert found.wet_kmh.tolist() == pytest.approx([38, 57, 4.2, 11.4, 24.5, 21])
    assert found.flooded_kmh.tolist() == pytest.approx([38 * 0.6, 57 * 0.6, 0, 0, 0, 0])
    assert found.is_all_season.tolist() == [True, True, False, False, True, False]


@pytest.mark.parametrize(
    ("stated", "direction"),
    [("yes", 1), ("1", 1), ("F", 1), ("-1", -1), ("T", -1), ("B", 0), ("no", 0), ("", 0), ("reversible", 0)],
)
def test_one_way_as_openstreetmap_and_geofabrik_write_it(stated, direction):
    assert line_speeds(_roads(oneway=[stated]), Travel()).direction.tolist() == [direction]


def test_a_motorway_is_one_way_unless_it_says_otherwise():
    found = line_speeds(_roads(**{"class": ["motorway", "motorway"], "oneway": ["", "no"]}), Travel())
    assert found.direction.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("stated", "minutes"),
    [("20", 20), ("00:20", 20), ("1:05:30", 65.5), ("PT20M", np.nan), ("", np.nan), ("-5", np.nan), ("9" * 9, np.nan)],
)
def test_how_long_a_ferry_says_it_takes(stated, minutes):
    assert parse_duration_min(stated) == pytest.approx(minutes, nan_ok=True)


def test_what_a_hub_does_is_told_by_its_class_and_the_country_file_goes_first():
    hubs = pd.DataFrame(
        {"class": ["post office", "Locker", "depot", "kiosk"], "capacity": [np.nan, 7.0, np.nan, np.nan]}
    )
    found = with_tiers(hubs, {"depot": "sorting"}, Parcels(per_day={"branch": 50.0}))
    assert found["tier"].tolist() == ["branch", "pickup", "sorting", "branch"]
    assert found["capacity"].tolist() == [50, 7, 20_000, 50]
    assert found["is_stated"].tolist() == [False, True, False, False]
