"""Classes of the maps: fixed breaks, darker is worse, no colour for a commune with too little evidence."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages import assets as page_assets
from commune_coverage.site.themes.classification import (
    BLUES,
    DATA_POOR_FILL,
    GREENS,
    ORANGES,
    UNAVAILABLE_FILL,
    MapLayer,
)
from commune_coverage.site.themes.registry import themes_of
from commune_coverage.site.themes.theme import Theme, wet_column
from tests.site.invented import TABLE, THRESHOLDS

THEMES = themes_of(THRESHOLDS)
LAYERS = {layer.column: layer for theme in THEMES for layer in theme.layers}
GAP, COVERED, MINUTES = (LAYERS[name] for name in ("internet_gap_share", "covered_4g_share", "minutes_to_hub_median"))


@pytest.mark.parametrize(
    ("layer", "value", "expected"),
    [
        (GAP, 0.0, 0),
        (GAP, 0.0499, 0),
        (GAP, 0.05, 1),
        (GAP, 0.2, 2),
        (GAP, 0.4, 3),
        (GAP, 0.6999, 3),
        (GAP, 0.7, 4),
        (GAP, 1.0, 4),
        (COVERED, 1.0, 0),
        (COVERED, 0.95, 0),
        (COVERED, 0.9499, 1),
        (COVERED, 0.3, 3),
        (COVERED, 0.0, 4),
        (MINUTES, 29.9, 0),
        (MINUTES, 30.0, 1),
        (MINUTES, 119.9, 2),
        (MINUTES, 120.0, 3),
    ],
)
def test_breaks_are_where_the_legend_says(layer: MapLayer, value: float, expected: int) -> None:
    assert layer.class_of(value, "measured") == expected


def test_legend_says_the_breaks() -> None:
    assert legend_texts(GAP)[:5] == ["under 5 %", "5 % to 20 %", "20 % to 40 %", "40 % to 70 %", "70 % or more"]
    assert legend_texts(COVERED)[:5] == ["95 % or more", "80 % to 95 %", "60 % to 80 %", "30 % to 60 %", "under 30 %"]
    assert legend_texts(MINUTES)[:4] == ["under 30", "30 to 60", "60 to 120", "120 or more"]


def test_every_layer_has_at_most_five_classes_and_ends_with_the_two_patterns() -> None:
    for layer in LAYERS.values():
        fills = [entry["fill"] for entry in layer.legend()]
        assert fills[-2:] == [DATA_POOR_FILL, UNAVAILABLE_FILL]
        assert len(fills) - 2 == layer.class_count <= 5
        assert len(set(fills)) == len(fills)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_too_little_evidence_never_takes_a_colour(layer: MapLayer) -> None:
    for value in (0.0, 0.5, 1.0, math.nan, "data-poor"):
        assert layer.legend()[layer.class_of(value, "data-poor")]["fill"] == DATA_POOR_FILL


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_missing_figure_is_told_apart(layer: MapLayer) -> None:
    for value in (math.nan, None, ""):
        assert layer.legend()[layer.class_of(value, "measured")]["fill"] == UNAVAILABLE_FILL


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_people_in_the_gap_is_never_lighter_and_more_coverage_never_darker(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert GAP.class_of(low, "modelled") <= GAP.class_of(high, "modelled")
    assert COVERED.class_of(low, "modelled") >= COVERED.class_of(high, "modelled")


def test_every_figure_of_the_pages_is_a_declared_column() -> None:
    wanted = {column for theme in THEMES for column in theme.figure_columns} | set(LAYERS)
    assert wanted - set(TABLE.names) == set()


@pytest.mark.parametrize(
    ("dry", "wet"),
    [
        ("delivery_gap_share", "delivery_gap_wet_share"),
        ("delivery_gap_share_low", "delivery_gap_wet_share_low"),
        ("unreachable_people", "unreachable_wet_people"),
        ("minutes_to_hub_median", "minutes_to_hub_wet_median"),
        ("cost_per_parcel", "cost_per_parcel_wet"),
        ("", ""),
    ],
)
def test_the_wet_season_of_a_column(dry: str, wet: str) -> None:
    assert wet_column(dry) == wet


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2, 0 (black) to 1."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ramp", [BLUES, ORANGES, GREENS])
def test_every_step_of_a_ramp_is_darker_in_grey_too(ramp: tuple[str, ...]) -> None:
    greys = [luminance(colour) for colour in ramp]
    assert all(lighter > 1.25 * darker for lighter, darker in pairwise(greys))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.key)
def test_a_theme_has_its_own_darkest_colour_on_page_and_map(theme: Theme) -> None:
    style = (page_assets.OWN_FOLDER / "css" / "base.css").read_text(encoding="utf-8")
    assert f"--{theme.key}: {theme.ramp[-1]};" in style


def legend_texts(layer: MapLayer) -> list[str]:
    words = load_words(["en"])
    return [words.text(Saying(**entry["said"])).replace("\u00a0", " ") for entry in layer.legend()]
