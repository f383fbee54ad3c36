import geopandas as gpd
import pandas as pd
import shapely

from commune_coverage.readers.parsing.codes import match_by_overlap, normalise_codes


def test_lost_zeros_come_back_by_width_or_by_the_longest_code():
    texts = pd.Series(["10201", "210101", 30101, 40101.0, "១០២០២"], dtype=object)
    assert normalise_codes(texts, 6).tolist() == ["010201", "210101", "030101", "040101", "010202"]
    assert normalise_codes(texts).tolist()[0] == "010201"


def test_codes_of_many_lengths_and_codes_with_letters_stay():
    assert normalise_codes(pd.Series(["1", "22", "333"])).tolist() == ["1", "22", "333"]
    assert normalise_codes(pd.Series(["KH010201", "A1"])).tolist() == ["KH010201", "A1"]


def test_overlap_matching_is_one_to_one_even_where_two_want_the_same():
    left = gpd.GeoSeries([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 13, 10)])
    right = gpd.GeoSeries([shapely.box(0, 0, 12, 10), shapely.box(12, 0, 13, 10)])
    assert match_by_overlap(left, right).tolist() == [0, 1]


def test_a_boundary_without_any_overlap_is_unmatched():
    left = gpd.GeoSeries([shapely.box(0, 0, 1, 1), shapely.box(50, 50, 51, 51)])
    right = gpd.GeoSeries([shapely.box(0, 0, 1, 1), shapely.box(0.5, 0, 2, 1)])
    assert match_by_overlap(left, right).tolist() == [0, -1]
