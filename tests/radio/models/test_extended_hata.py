"""Extended Hata: the report's formulas by hand, no cliff anywhere, and links that were measured."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.extended_hata import open_loss_db, suburban_loss_db, urban_loss_db
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db
from commune_coverage.radio.scoring.validation import corrections_db, error_statistics

CHAINS = {"urban": ["extended_hata_urban"], "suburban": ["extended_hata_suburban"], "rural": ["extended_hata_open"]}
KM = np.geomspace(0.1, 50, 60)


@pytest.mark.parametrize(
    ("mhz", "mast_m", "km", "expected_db"),
    [
        (900, 30, 1.0, 69.6 + 26.2 * 2.954243 - 13.82 * 1.477121
         - (1.1 * 2.954243 - 0.7) * 1.5 + 1.56 * 2.954243 - 0.8),
        (1800, 40, 5.0, 46.3 + 33.9 * 3.255273 - 13.82 * 1.602060 + (44.9 - 6.55 * 1.602060) * 0.698970
         - (1.1 * 3.255273 - 0.7) * 1.5 + 1.56 * 3.255273 - 0.8),
        (2600, 30, 2.0, 46.3 + 33.9 * 3.301030 + 10 * 0.113943 - 13.82 * 1.477121 + (44.9 - 6.55 * 1.477121) * 0.301030
         - (1.1 * 3.414973 - 0.7) * 1.5 + 1.56 * 3.414973 - 0.8),
    ],
)  # fmt: skip
def test_by_hand(mhz: float, mast_m: float, km: float, expected_db: float) -> None:
    link, at = Link(mhz, mast_m), np.array([1000 * km])
    assert urban_loss_db(at, link)[0] == pytest.approx(expected_db, abs=0.001)
    corrected = math.log10(min(mhz, 2000))
    less = 2 * (corrected - math.log10(28)) ** 2 + 5.4
    assert suburban_loss_db(at, link)[0] == pytest.approx(expected_db - less, abs=0.001)
    less = 4.78 * corrected**2 - 18.33 * corrected + 40.94
    assert open_loss_db(at, link)[0] == pytest.approx(expected_db - less, abs=0.001)


def test_nearer_than_100_m_the_loss_stays_but_is_never_below_free_space() -> None:
    near = urban_loss_db(np.array([1.0, 50, 100]), Link(900, 30))
    assert near.tolist() == [near[2]] * 3
    assert open_loss_db(np.array([100.0]), Link(900, 200))[0] == pytest.approx(32.4 + 20 * math.log10(90), abs=0.001)


def test_beyond_20_km_the_loss_rises_faster() -> None:
    link, slope = Link(900, 30), 44.9 - 6.55 * math.log10(30)
    near, far = urban_loss_db(np.array([20_000.0, 50_000.0]), link)
    power = 1 + (0.14 + 1.87e-4 * 900 + 1.07e-3 * 30) * math.log10(50 / 20) ** 0.8
    assert far - near == pytest.approx(slope * (math.log10(50) ** power - math.log10(20)), abs=0.001)


def test_a_low_mast_loses_as_the_report_says_but_for_the_lowest() -> None:
    usual, *lower = (urban_loss_db(np.array([1000.0]), Link(900, height_m))[0] for height_m in (30, 20, 10, 5))
    for loss, height_m, off_db in zip(lower, (20, 10, 5), (0.2, 0.8, 2.6), strict=True):
        assert loss - usual == pytest.approx(20 * math.log10(30 / height_m), abs=off_db)
        assert loss > usual


@pytest.mark.parametrize("environment", NAMES)
def test_no_metre_and_no_hundredth_of_the_frequency_changes_the_loss_by_more_than_1_db(environment: str) -> None:
    frequencies = 450 * 1.01 ** np.arange(int(math.log(6000 / 450) / math.log(1.01)) + 1)
    heights = np.arange(5.0, 201)
    by_height = np.array(
        [
            [chain_loss_db(CHAINS[environment], 1000 * KM, Link(mhz, height)) for height in heights]
            for mhz in frequencies[::24]
        ]
    )
    by_frequency = np.array(
        [
            [chain_loss_db(CHAINS[environment], 1000 * KM, Link(mhz, height)) for mhz in frequencies]
            for height in heights[::15]
        ]
    )
    assert np.isfinite(by_height).all()
    assert np.abs(np.diff(by_height, axis=1)).max() <= 1.0
    assert np.abs(np.diff(by_frequency, axis=1)).max() <= 1.0


CAMPAIGNS = [("bekaa", "rural"), ("recife", "urban")]


def _links(shared_data: Path, campaign: str, environment: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Measured links, and modelled less measured loss; in the Bekaa the device is the transmitter."""
    links = pd.read_csv(shared_data / "oracles" / "path_loss" / "bekaa_recife.csv").query("campaign == @campaign")
    mast, receiver = ("hr", "ht") if campaign == "bekaa" else ("ht", "hr")
    modelled = [
        chain_loss_db(
            CHAINS[environment],
            np.array([1000 * row["distance"]]),
            Link(row["frequency"], row[mast], max(row[receiver], 1.0)),
        )[0]
        for _, row in links.iterrows()
    ]
    return links, np.array(modelled) - links["pathloss"].to_numpy()


@pytest.mark.parametrize(("campaign", "environment"), CAMPAIGNS)
def test_links_that_were_measured(shared_data: Path, campaign: str, environment: str) -> None:
    """Of several packets of a link each counts for its part."""
    links, off_db = _links(shared_data, campaign, environment)
    weight = 1 / links.groupby(["latitude", "longitude", "tlatitude", "tlongitude"])["pathloss"].transform("size")
    assert abs(np.average(off_db, weights=weight)) <= 4.0
    assert math.sqrt(np.average(off_db**2, weights=weight)) <= 12.5


@pytest.mark.parametrize(("campaign", "environment"), CAMPAIGNS)
def test_with_half_of_the_links_to_calibrate_the_other_half_is_right(
    shared_data: Path, campaign: str, environment: str
) -> None:
    """Every other row as a drive test; what its correction leaves of the others is within 1 dB in the mean."""
    links, off_db = _links(shared_data, campaign, environment)
    half, code = np.arange(len(links)) % 2 == 0, np.full(len(links), NAMES.index(environment))
    ones = np.ones(half.sum())
    rows = error_statistics(
        "power", -links["pathloss"].to_numpy()[half], -(links["pathloss"].to_numpy() + off_db)[half], code[half], ones
    )
    correction_db = corrections_db(rows, 100)[environment]
    assert abs(np.mean(off_db[~half] - correction_db)) <= 1.0
    if campaign == "recife":
        assert abs(correction_db) > 0.5
