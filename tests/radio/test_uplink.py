"""The way back: published budgets, who hears a cell and is not heard, and where a country leaves it out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.radio.link_budget_config import Override, Uplink
from commune_coverage.radio.service.bit_flags import bit_names, covered_column
from commune_coverage.radio.service.place import place_figures
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.runs.run import start_run
from tests.radio.test_country import LTE, RUN_DATE, _register, _tiles
from tests.radio.test_figures import EVERY_PLACE, SPEEDS, Case

RADIOS = load_radios(None)


def uplink(**stated: object) -> Uplink:
    usual = {
        "power_dbm": 23,
        "bandwidth_mhz": 0.36,
        "min_sinr_db": -7.0,
        "base_antenna_gain_dbi": 18,
        "base_noise_figure_db": 2.5,
        "noise_rise_db": 2,
        "source": "C. Johnson, Long Term Evolution IN BULLETS, table 343",
    }
    return Uplink.model_validate(usual | stated)


@pytest.mark.parametrize(
    # 23 or 22 dBm; 8, 27 and 25 resource blocks of 180 kHz; without the table's 9 dB of slow fading, 2.5 dB of handover
    # gain and 18 dB of penetration: 123.9, 120.1 and 117.6 dB.
    ("power_dbm", "blocks", "sinr_db", "published_db"),
    [(23, 8, 0.5, 123.9), (22, 27, -2.0, 120.1), (22, 25, 0.9, 117.6)],
)
def test_the_loss_of_a_published_budget(power_dbm: int, blocks: int, sinr_db: float, published_db: float) -> None:
    found = uplink(power_dbm=power_dbm, bandwidth_mhz=0.18 * blocks, min_sinr_db=sinr_db).max_path_loss_db(1800)
    assert found == pytest.approx(published_db + 9 - 2.5 + 18, abs=0.15)


@pytest.mark.parametrize(
    ("technology", "mhz", "wanted_db"),
    [
        ("2g", 900, 33 + 15.5 - (-174 + 53.01 + 3.5 + 1.5) - 6),
        ("2g", 1800, 30 + 15.5 - (-174 + 53.01 + 3.5 + 1.5) - 6),
        ("3g", 2100, 24 + 17 - (-174 + 65.84 + 3.5 + 3) + 17),
        ("4g", 800, 23 + 16.5 - (-174 + 55.56 + 3.5 + 2) + 7),
        ("5g", 3500, 23 + 22 - (-174 + 58.57 + 3.5 + 2) + 3),
    ],
)
def test_shipped_budgets_by_hand(technology: str, mhz: float, wanted_db: float) -> None:
    budget = RADIOS.technologies[technology].uplink
    assert budget is not None
    assert budget.max_path_loss_db(mhz) == pytest.approx(wanted_db, abs=0.01)


def test_the_error_of_a_budget_is_that_of_its_parts() -> None:
    stated = uplink(
        base_noise_figure_db={"value": 3, "low": 2, "high": 5}, noise_rise_db={"value": 2, "low": 0, "high": 4}
    )
    assert stated.sigma_db(900) == pytest.approx(math.hypot(3, 4) / 2.5631, rel=1e-4)
    assert uplink().sigma_db(900) == 0


def test_a_budget_that_cannot_be_is_refused() -> None:
    for stated in (
        {"base_noise_figure_db": 25},
        {"power_dbm": []},
        {"base_antenna_gain_dbi": 60},
        {"min_sinr_db": -40},
    ):
        with pytest.raises(ValidationError, match=next(iter(stated))):
            uplink(**stated)


def test_an_operator_has_an_uplink_of_its_own_where_the_country_says_so_and_none_where_it_is_left_out() -> None:
    stated = {"operator": "A", "technology": "4g", "uplink": uplink(power_dbm=26).model_dump(), "source": "its licence"}
    radios = RADIOS.model_copy(update={"overrides": [Override.model_validate(stated)]})
    own, other = (radios.budget(operator, "", "4g").uplink for operator in ("A", "B"))
    assert own is not None
    # 26 + 18 - (-174 + 55.56 + 2.5 + 2) + 7 dB
    assert own.max_path_loss_db(800) == pytest.approx(164.94, abs=0.01)
    assert other == RADIOS.technologies["4g"].uplink
    assert radios.budget("A", "", "3g").uplink == RADIOS.technologies["3g"].uplink
    assert radios.without_uplink().budget("A", "", "4g").uplink is None
    with pytest.raises(ValidationError, match="cannot differ by environment"):
        Override.model_validate(stated | {"environment": "rural"})


def test_without_an_uplink_more_is_covered_and_all_that_is_with_one() -> None:
    case, fixed = Case(5), np.zeros(len(EVERY_PLACE))
    names = bit_names(2, SPEEDS)
    covered = [row for row, name in enumerate(names) if name.startswith(("outdoor", "in_vehicle", "indoor"))]
    both, alone = (
        place_figures(case.inputs(radios), fixed, EVERY_PLACE) for radios in (RADIOS, RADIOS.without_uplink())
    )
    assert (both.flags[:, covered] & ~alone.flags[:, covered] == 0).all()
    assert ((both.flags[:, covered] & 1).sum(axis=0) < (alone.flags[:, covered] & 1).sum(axis=0)).any()
    assert (both.coverage_probability <= alone.coverage_probability).all()
    assert (both.busy_mbps <= alone.busy_mbps).all()
    assert (both.edge_mbps <= alone.edge_mbps).all()
    unheard = alone.flags[:, names.index("signal")] & 1 > both.flags[:, names.index("signal")] & 1
    assert unheard.any()
    assert (both.busy_mbps[unheard] == 0).all()
    assert (both.edge_mbps[unheard] == 0).all()


@given(st.floats(0, 40), st.floats(0, 30))
def test_a_stronger_handset_and_a_quieter_station_bear_so_much_more(more_db: float, rise_db: float) -> None:
    plain = uplink(noise_rise_db=0).max_path_loss_db(900)
    stronger = uplink(power_dbm=23 + more_db, noise_rise_db=min(rise_db, 20)).max_path_loss_db(900)
    assert stronger - plain == pytest.approx(more_db - min(rise_db, 20), abs=1e-9)


@pytest.mark.parametrize(
    ("more", "covered", "said"), [("", 4, "23 dBm"), ("\n[radio]\nuplink = false\n", 6, "left out")]
)
def test_a_strong_cell_is_heard_farther_than_it_hears(tmp_path: Path, more: str, covered: int, said: str) -> None:
    """67 dBm from a corner of nine villages at 1,800 MHz; body and shadow take 14.5 dB more than the way.

    144.8 dB are lost over 14.1 km, 150.1 over 20. The downlink bears 67 + 92 + 6 = 165.0 dB: six villages within 20 km.
    The uplink bears 159.4: four within 14.1 km.
    """
    country = _register(tmp_path, [{**LTE, "at": 0, "eirp_dbm": 67.0}], more)
    run = start_run(country, tmp_path / "d", tmp_path / "m", RUN_DATE, "serial")
    for stage in STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]:
        run_stage(stage, run)
    figures = _tiles(run.stages_folder)
    assert (figures[covered_column("outdoor", None, "4g")] & 1).sum() == covered
    assert (figures["busy_mbps"] > 0).sum() == (figures["edge_mbps"] > 0).sum() == covered
    assert (figures["received_4g_dbm"] > -200).sum() == 9
    (line,) = [row for row in run.stage_report("radio")["assumptions"] if row["name"] == "4G uplink"]
    assert said in line["value"]
