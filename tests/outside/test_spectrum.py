"""What operators hold, through whole runs of small countries: sums of carriers, far users, days, areas, users."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.core.files import read_table
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.runs.run import start_run
from tests import tiny

RUN_DATE = date(2026, 3, 1)
UNTIL_RADIO = STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]
HEADER = "operator,band_mhz,bandwidth_mhz,technology,code,valid_from,valid_until\n"
FEW = 0.01
"""People of a village, so few that cells are idle."""


def signal(folder: Path, spectrum: str = "", register: list[dict[str, object]] | None = None, people: float = FEW):
    """Places with what they get, and the transmitters, of a country of one mast in the south-west."""
    country, middle = tiny.write_files(folder / "in"), tiny.centres().round(7)
    text = country.read_text().replace('Two = ["456-02"]\n', "")
    if register is None:
        cells = pd.concat([pd.read_csv(folder / "in/towers.csv").iloc[[0]]] * 6, ignore_index=True)
        cells.assign(cell=range(1, 7)).to_csv(folder / "in/towers.csv", index=False)
    else:
        at = {"lon": middle["lon"][0], "lat": middle["lat"][0], "operator": "One", "technology": "LTE"}
        pd.DataFrame([{**at, **row} for row in register]).to_csv(folder / "in/towers.csv", index=False)
        text = text.replace('path = "towers.csv"', 'path = "towers.csv"\nformat = "register"')
    if spectrum:
        (folder / "in/spectrum.csv").write_text(HEADER + spectrum)
        text += '[layers.spectrum]\npath = "spectrum.csv"\n'
    country.write_text(text)
    middle.assign(village=[f"V{n}" for n in range(9)], people=people).to_csv(folder / "in/villages.csv", index=False)
    tiny.without_limits(country)
    run = start_run(country, folder / "data", folder / "maps", RUN_DATE, "serial")
    for stage in UNTIL_RADIO:
        run_stage(stage, run)
    files = SignalFiles(run.stages_folder)
    places = pd.concat([_places(files, tile) for tile in range(tile_count(files.folder))])
    cells = read_table(files.transmitters).join(read_table(files.loads))
    return places.sort_values(["lat", "lon"], ignore_index=True), cells, run.stage_report("radio")


def distance_m(places: pd.DataFrame) -> pd.Series:
    """From the mast."""
    x_m, y_m = tiny.at(0, 0)
    return np.hypot(places["x_m"] - x_m, places["y_m"] - y_m)


def _places(files: SignalFiles, tile: int) -> pd.DataFrame:
    figures = read_figures(files.figures(tile))
    return read_tile(files.folder, tile).assign(**{name: figures[name] for name in ("busy_mbps", "edge_mbps")})


ROW = {"band_mhz": 1810, "bandwidth_mhz": 20, "eirp_dbm": 61, "antenna_height_m": 40}


@pytest.mark.parametrize("people", [FEW, 60.0])
def test_two_carriers_of_10_mhz_serve_like_one_of_20_with_the_power_of_both(people: float, tmp_path: Path) -> None:
    """Their SINR is the same: half the power over half the noise; 20 MHz of frequency are 0.1 dB of Hata's loss."""
    half = [{**ROW, "band_mhz": mhz, "bandwidth_mhz": 10, "eirp_dbm": 58} for mhz in (1800, 1820)]
    one, cells, _ = signal(tmp_path / "one", register=[ROW], people=people)
    two, halves, _ = signal(tmp_path / "two", register=half, people=people)
    assert (one["busy_mbps"] > 0).sum() >= 3
    assert two["busy_mbps"].to_numpy() == pytest.approx(one["busy_mbps"].to_numpy(), rel=0.03, abs=0.2)
    assert two["edge_mbps"].to_numpy() == pytest.approx(one["edge_mbps"].to_numpy(), rel=0.03, abs=0.2)
    assert halves["cell_load_value"].to_numpy() == pytest.approx(np.repeat(cells["cell_load_value"], 2), rel=0.03)
    assert halves["people"].sum() == pytest.approx(cells["people"].sum(), rel=1e-3)


def test_who_is_near_has_both_bands_and_who_is_far_the_low_one_alone(tmp_path: Path) -> None:
    low, high = "One,B71,10,,,,\n", "One,n78,20,LTE,,,\n"
    both, cells, _ = signal(tmp_path / "both", low + high)
    alone = [signal(tmp_path / name, held)[0]["busy_mbps"] for name, held in (("low", low), ("high", high))]
    # B71 sends from 617 to 652 MHz, low enough for a handset to be heard over 22 km; unpaired spectrum carries downlink
    # for 0.75 of the time.
    assert sorted(cells["frequency_mhz"].round(-1)) == [630, 3550]
    assert sorted(cells["bandwidth_mhz"].round(6)) == [10, 15]
    assert cells["sectors"].tolist() == [3, 3]
    near, far = (alone[0] > 0) & (alone[1] > 0), distance_m(both) > 22_000
    assert near.any()
    assert both["busy_mbps"][near].to_numpy() == pytest.approx((alone[0] + alone[1])[near].to_numpy(), rel=1e-5)
    assert (both["busy_mbps"] >= np.maximum(*alone)).all()
    assert (alone[0][far] > 0).any()
    assert (alone[1][far] == 0).all()
    assert (both["busy_mbps"][far] == alone[0][far]).all()


def test_a_device_takes_no_more_than_its_class_has(tmp_path: Path) -> None:
    """Three times 20 MHz in one place, two layers at the greatest efficiency of 4.4: 40 MHz of them, 352 Mbps."""
    held = "".join(f"One,{band},20,,,,\n" for band in ("B3", "B1", "B7"))
    places, cells, _ = signal(tmp_path, held, register=[{"azimuth_deg": ""}])
    assert sorted(cells["frequency_mhz"].round(-1)) == [1840, 2140, 2660]
    assert places["busy_mbps"].max() == pytest.approx(2 * 4.4 * 40, rel=1e-6)


def test_users_of_several_carriers_are_each_one_and_none_is_lost(tmp_path: Path) -> None:
    _, cells, _ = signal(tmp_path / "held", "One,B20,10,,,,\nOne,B3,20,,,,\n", people=50.0)
    assert (cells["people"] > 0).all()
    _, plain, _ = signal(tmp_path / "plain", "One,B20,10,,,,\n", people=50.0)
    assert cells["people"].sum() == pytest.approx(plain["people"].sum(), rel=1e-3)


def test_a_holding_that_is_not_in_force_or_elsewhere_does_not_count(tmp_path: Path) -> None:
    here, plain_cells, _ = signal(tmp_path / "none", "Nobody,B3,20,,,,\n")
    later, cells, _ = signal(tmp_path / "later", "One,B20,10,,,2026-03-02,\nOne,B7,20,,,,2026-02-28\n")
    away, _, _ = signal(tmp_path / "away", "One,B20,10,,010109,,\n")
    assert cells["frequency_mhz"].tolist() == plain_cells["frequency_mhz"].tolist() == [1800]
    assert (later["busy_mbps"] == here["busy_mbps"]).all()
    assert (away["busy_mbps"] == here["busy_mbps"]).all()
    _, held, _ = signal(tmp_path / "here", "ONE,B20,10,,010101,,\n")
    assert held["frequency_mhz"].round(-1).tolist() == [810]


def test_a_stated_band_has_the_width_that_is_held_in_it_and_a_stated_width_stays(tmp_path: Path) -> None:
    register = [{**ROW, "bandwidth_mhz": ""}, {**ROW, "band_mhz": 2650, "bandwidth_mhz": 5}]
    register += [{**ROW, "band_mhz": 950, "bandwidth_mhz": ""}]
    held = "One,B3,15,,,,\nOne,B3,5,,,,\nOne,B7,20,,,,\nOne,B8,10,GSM,,,\n"
    _, cells, _ = signal(tmp_path, held, register=register)
    found = cells.set_index("frequency_mhz")["bandwidth_mhz"]
    assert found.to_dict() == {950.0: 20.0, 1810.0: 20.0, 2650.0: 5.0}
    assert (cells["eirp_dbm"] == 61).all()


def test_whose_spectrum_is_unknown_and_who_has_no_towers_is_said(tmp_path: Path) -> None:
    for name, held, wanted in (
        ("strange", "Nobody,B3,20,,,,\n", {"spectrum unknown", "spectrum of operators without towers"}),
        ("known", "One,B3,20,,,,\n", set()),
        ("none", "", {"spectrum unknown"}),
    ):
        _, _, report = signal(tmp_path / name, held)
        said = {line["name"] for line in report["assumptions"] if line["name"].startswith("spectrum")}
        assert said == wanted


def test_how_many_points_unknown_spectrum_decides_is_said_and_where_it_is_known_nothing_is(tmp_path: Path) -> None:
    """120 people at each village on one mast: narrow carriers are busier than there is time, wide ones are not."""
    places, cells, report = signal(tmp_path / "unknown", people=120.0)
    shares = report["facts"]["gap_share_by_width"]
    below = (places["busy_mbps"] < 10).mean()
    assert shares["wide"] <= below <= shares["narrow"]
    assert shares["wide"] < shares["narrow"]
    (line,) = [row for row in report["assumptions"] if row["name"].endswith("unknown spectrum decides")]
    assert line["value"] == f"{100 * (shares['narrow'] - shares['wide']):.1f}"
    assert (cells["cell_load_wide"] < cells["cell_load_value"]).all()
    assert (cells["cell_load_value"] < cells["cell_load_narrow"]).all()
    _, cells, report = signal(tmp_path / "known", "One,B20,10,,,,\nOne,B7,20,,,,\n", people=120.0)
    assert "gap_share_by_width" not in report["facts"]
    for name in ("narrow", "wide"):
        assert (cells[f"cell_load_{name}"] == cells["cell_load_value"]).all()
