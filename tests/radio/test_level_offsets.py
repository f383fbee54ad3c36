"""What places need to be covered, against the figures computed at that level; and whole runs set to shares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.core.files import read_json
from commune_coverage.radio.scoring.level_offsets import reported_dbm, required_offsets_db
from commune_coverage.radio.service.bit_flags import bit_names, covered_column
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.readers.safety.files import sha256
from commune_coverage.schema.inputs import TECHNOLOGIES
from tests.radio.test_country import LTE, RUN_DATE, _register
from tests.radio.test_figures import EVERY_PLACE, SPEEDS, Case


def raised(inputs: ServiceInputs, offset_db: float) -> ServiceInputs:
    """The same network with all of its powers raised."""
    ratio, received = 10 ** (offset_db / 10), inputs.received
    powers = ("power_mw", "dominant_interferer_mw", "edge_interference_mw", "busy_interference_mw")
    return inputs._replace(received=received._replace(**{name: getattr(received, name) * ratio for name in powers}))


@pytest.mark.parametrize("offset_db", [-25.0, -3.0, 0.0, 7.5, 30.0])
def test_places_are_covered_from_what_they_need_on(offset_db: float) -> None:
    inputs, fixed = Case(6).inputs(), np.zeros(len(EVERY_PLACE))
    required = required_offsets_db(inputs, 40.0)
    assert (np.isinf(required) & (required > 0)).any()
    flags = place_figures(raised(inputs, offset_db), fixed, EVERY_PLACE).flags
    names = bit_names(2, SPEEDS)
    seen = set()
    for operator in range(2):
        for row, technology in enumerate(TECHNOLOGIES):
            covered = flags[:, names.index(covered_column("outdoor", operator, technology))] & 1 > 0
            near = np.abs(required[operator, row] - offset_db) < 0.01
            assert ((required[operator, row] <= offset_db) == covered)[~near].all()
            seen |= set(covered.tolist())
    assert seen == {True, False}


def test_the_reported_level_is_that_of_the_strongest_cell() -> None:
    inputs = Case(6).inputs()
    received, parameters = inputs.received, inputs.parameters
    found = reported_dbm(inputs)
    best = np.full(found.shape, -np.inf)
    for row, carrier in enumerate(received.carriers):
        operator, technology = parameters.receivers.operator[carrier], parameters.receivers.technology[carrier]
        for place in EVERY_PLACE:
            if (server := received.server[row, place]) != NO_SERVER:
                width = parameters.transmitters.bandwidth_mhz[server]
                # One of 60 (LTE) or 30 (NR) subcarriers a MHz; UMTS' pilot is a tenth of the power.
                part = {"2g": 1.0, "3g": 10.0, "4g": 60 * width, "5g": 30 * width}[TECHNOLOGIES[technology]]
                level = 10 * np.log10(received.power_mw[row, place] / part)
                best[operator, technology, place] = max(best[operator, technology, place], level)
    assert np.allclose(found, best, atol=1e-4)


CELLS = [{**LTE, "at": 0}, {**LTE, "at": 4, "operator": "Two"}]
# Other shares move the nation's figures, which would else be held for a person to look at.
KNOWN = '\n[plausibility]\nnational_change_share = 1.0\n[layers.known_coverage]\npath = "known.csv"\n'


def run(folder: Path, known: str, data: str = "d", more: str = "", cells: list[dict[str, object]] = CELLS) -> Path:
    country = _register(folder, cells, KNOWN + more)
    (folder / "known.csv").write_text(known)
    published = run_pipeline(country, folder / data, folder / f"{data}m", RUN_DATE, "serial", lambda *_: None)
    return folder / data / "runs" / published.run_id


def shares(latest: Path) -> dict[str, float]:
    """People covered outdoors by 4G of each operator, of all 4,500."""
    table = pd.read_csv(latest / "operator_coverage.csv", dtype={"commune_code": str}, encoding="utf-8-sig")
    table = table[(table["where"] == "outdoor") & (table["technology"] == "4g")]
    people = pd.read_parquet(latest / "commune_gaps.parquet").set_index("commune_code")["people"]
    weighted = table["covered_share"] * table["commune_code"].map(people)
    return dict((weighted.groupby(table["operator"]).sum() / people.sum()).round(6))


def signal_files(latest: Path) -> dict[str, str]:
    """Digests of all that the stage has left."""
    folders = ("radio", "levels", "transmitters", "cell_users", "required_offsets")
    paths = [path for name in folders for path in sorted((latest / "stages" / name).rglob("*")) if path.is_file()]
    return {path.relative_to(latest).as_posix(): sha256(path) for path in paths}


# People of the nine villages, 100 to 900, from the corner in which the mast of One stands outwards: within 0, 10, 14,
# 20, 22 and 28 km.
WITHIN = [100 / 4500, 700 / 4500, 1200 / 4500, 2200 / 4500, 3600 / 4500, 1.0]
HEADER = "operator,technology,covered_share,use,date,tolerance_share\n"


def test_levels_are_set_to_published_shares_and_said_so(tmp_path: Path) -> None:
    latest = run(tmp_path, HEADER + "ONE,4g,0.47,calibrate,2023-01-01,0.01\nTwo,4g,0.9,compare,2023-01-01,\n")
    (row,) = read_json(latest / "stages/transmitters/level_offsets.json")
    assert shares(latest)["One"] == pytest.approx(WITHIN[3], abs=1e-6)
    assert row["reached_share"] == pytest.approx(WITHIN[3])
    assert (row["operator"], row["technology"], row["known_share"]) == ("One", "4g", 0.47)
    report = read_json(latest / "report.json")
    (line,) = [each for each in report["assumptions"] if each["name"].startswith("level set by a published share")]
    assert line["name"].endswith("One 4G")
    assert f"{row['offset_db']:+.1f}" in line["value"]
    gaps = pd.read_parquet(latest / "commune_gaps.parquet")
    assert gaps["calibration"].str.contains("One 4G").all()


def test_figures_to_compare_move_nothing(tmp_path: Path) -> None:
    without = run(tmp_path / "a", HEADER + "One,4g,0.1,compare,,\n")
    other = run(tmp_path / "b", HEADER + "One,4g,0.9,compare,,\n")
    assert signal_files(without) == signal_files(other)
    assert shares(without) == shares(other)


def test_other_shares_go_on_from_the_run_before_to_the_bytes_of_a_cold_run(tmp_path: Path) -> None:
    known = [HEADER + f"One,4g,{share},calibrate,,0.01\nTwo,4g,0.5,calibrate,,0.01\n" for share in (0.25, 0.47)]
    run(tmp_path / "warm", known[0])
    warm = run(tmp_path / "warm", known[1])
    assert "from the run before" in read_json(warm / "stages/radio.report.json")["compute_mode"]
    cold = run(tmp_path / "cold", known[1])
    assert signal_files(warm) == signal_files(cold)
    assert shares(warm)["One"] == pytest.approx(WITHIN[3], abs=1e-6)


def test_another_mast_goes_on_from_the_run_before_to_the_bytes_of_a_cold_run(tmp_path: Path) -> None:
    known, more = HEADER + "One,4g,0.5,calibrate,,0.01\n", [*CELLS, {**LTE, "at": 5}]
    many = [{**LTE, "at": at, "operator": "Two"} for at in range(9)]
    run(tmp_path / "warm", known, cells=[*CELLS, *many])
    warm = run(tmp_path / "warm", known, cells=[*more, *many])
    assert "from the run before" in read_json(warm / "stages/radio.report.json")["compute_mode"]
    assert signal_files(warm) == signal_files(run(tmp_path / "cold", known, cells=[*more, *many]))


def test_a_share_that_no_level_reaches_is_said(tmp_path: Path) -> None:
    limited = "[radio]\nmax_range_km = 11.0\n"
    latest = run(tmp_path, HEADER + "Two,4g,1.0,calibrate,,0.02\n", more=limited)
    (row,) = read_json(latest / "stages/transmitters/level_offsets.json")
    # From the middle village the four beside it lie 10 km away, those in the corners 14 km: 2,500 of 4,500 people.
    assert row["attainable_share"] == pytest.approx(25 / 45)
    assert not row["is_reached"]
    (line,) = [each for each in read_json(latest / "report.json")["assumptions"] if "published share" in each["name"]]
    assert "not reached: the greatest offset covers 55.6%" in line["value"]


def test_a_country_that_counts_from_a_level_is_calibrated_by_that(tmp_path: Path) -> None:
    known = "operator,technology,covered_share,use,min_level_dbm,tolerance_share\nOne,4g,0.49,calibrate,{},0.01\n"
    offsets = {}
    for level in (-110, -100):
        latest = run(tmp_path / str(-level), known.format(level))
        (row,) = read_json(latest / "stages/transmitters/level_offsets.json")
        offsets[level] = row["offset_db"]
        assert row["min_level_dbm"] == level
    assert offsets[-100] - offsets[-110] == pytest.approx(10.0, abs=0.01)
