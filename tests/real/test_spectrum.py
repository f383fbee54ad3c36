"""Luxembourg's real cells with holdings as its operators have them, 2x10 MHz at 800 and 2x20 at 1,800 and 2,600."""

from datetime import date

import numpy as np
import pytest

from commune_coverage.core.files import read_table
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.runs.run import start_run

# One process computes what the tests share.
pytestmark = pytest.mark.xdist_group("luxembourg")

UNTIL_RADIO = STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]
OPERATORS = ("POST", "Tango", "Orange")
HELD = [("B20", 10), ("B3", 20), ("B7", 20)]


@pytest.fixture(scope="module")
def signal(shared_data, tmp_path_factory, pytestconfig):
    """Share of people below 10 Mbps in the busy hour and the transmitters, without the layer and with it."""
    folder, found = tmp_path_factory.mktemp("spectrum"), {}
    text = (pytestconfig.rootpath / "tests/real/luxembourg.toml").read_text()
    text = text.replace("../../../shared/data", str(shared_data))
    rows = [f"{name},{band},{width}" for name in OPERATORS for band, width in HELD]
    (folder / "held.csv").write_text("\n".join(["operator,band_mhz,bandwidth_mhz", *rows]) + "\n")
    for name, more in (("unknown", ""), ("held", '\n[layers.spectrum]\npath = "held.csv"\n')):
        (folder / f"{name}.toml").write_text(text + more)
        run = start_run(folder / f"{name}.toml", folder / "data", folder / "maps", date(2026, 1, 31), "serial")
        for stage in UNTIL_RADIO:
            run_stage(stage, run)
        found[name] = _figures(SignalFiles(run.stages_folder))
    return found


def _figures(files):
    people, slow = 0.0, 0.0
    for tile in range(tile_count(files.folder)):
        at_place = read_tile(files.folder, tile, ["people"])["people"].to_numpy(np.float64)
        busy_mbps = read_figures(files.figures(tile), "busy_mbps".__eq__)["busy_mbps"]
        people, slow = people + at_place.sum(), slow + at_place[busy_mbps < 10].sum()
    return slow / people, read_table(files.transmitters).join(read_table(files.loads))


def test_what_is_held_leaves_few_below_10_mbps_of_the_many_that_one_band_leaves(signal):
    assert signal["held"][0] < 0.05
    assert signal["held"][0] < signal["unknown"][0] / 3


def test_users_are_the_same_people_and_every_site_has_the_lowest_band(signal):
    for _, cells in signal.values():
        assert cells["people"].sum() == pytest.approx(602_005, rel=1e-3)
    lte = signal["held"][1].query("technology == '4g'")
    by_band = lte.groupby("frequency_mhz")["site"].agg(set)
    assert by_band.index.tolist() == [810.0, 1840.0, 2660.0]
    assert by_band.iloc[0] >= by_band.iloc[1] >= by_band.iloc[2]
    assert lte.groupby("frequency_mhz")["bandwidth_mhz"].unique().str[0].tolist() == [10, 20, 20]
