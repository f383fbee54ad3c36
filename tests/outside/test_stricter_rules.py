"""A stricter rule never lowers the gap, be it of the edge, of the receiver or of the speed; over small countries."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commune_coverage.api import run as run_pipeline
from tests import tiny

SHIPPED = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
LTE_SINR = "noise_figure_db = 9.0\nmin_sinr_db = -6.0\nshannon_alpha = { value = 0.6, low = 0.5, high = 0.75 }"
RULES = {
    "as shipped": lambda text: text,
    "edge of 95 %": lambda text: text.replace("edge_probability = 0.9 ", "edge_probability = 0.95 "),
    "edge of 98 %": lambda text: text.replace("edge_probability = 0.9 ", "edge_probability = 0.98 "),
    "SINR of 0 dB": lambda text: text.replace(LTE_SINR, LTE_SINR.replace("-6.0", "0.0")),
}
GAPS = ["internet_gap_share", "internet_gap_25_mbps_share"]
STRICTER = [("as shipped", "edge of 95 %"), ("edge of 95 %", "edge of 98 %"), ("as shipped", "SINR of 0 dB")]


def gaps(folder: Path, rule: str, seed: int, masts: int) -> pd.DataFrame:
    """Gaps of the communes of the tiny country with masts and crowded villages at random, by a rule."""
    rng = np.random.default_rng(seed)
    country = tiny.write_files(folder / "in")
    text = RULES[rule](SHIPPED)
    assert rule == "as shipped" or text != SHIPPED
    (folder / "in/own.toml").write_text(text)
    cells, middle = pd.read_csv(folder / "in/towers.csv"), tiny.centres()
    at = rng.integers(0, 9, masts)
    cells = pd.concat([cells.iloc[[0]]] * masts, ignore_index=True)
    cells = cells.assign(
        lon=middle["lon"].to_numpy()[at] + rng.uniform(-0.04, 0.04, masts),
        lat=middle["lat"].to_numpy()[at] + rng.uniform(-0.04, 0.04, masts),
        cell=np.arange(masts) * 256 + 1,
    )
    cells.to_csv(folder / "in/towers.csv", index=False)
    people = rng.integers(50, 6000, 9)
    middle.assign(village=[f"V{n}" for n in range(9)], people=people).to_csv(folder / "in/villages.csv", index=False)
    tiny.without_limits(country)
    tiny.say(country, '[radio]\nradios = "own.toml"\n[thresholds]\nhigh_speed_mbps = [10.0, 25.0]')
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    # Nobody knows of a commune that no signal reaches: that is no lower gap than 1.
    return pd.read_csv(folder / "data/latest/commune_gaps.csv")[GAPS].fillna(1.0)


def _never_lower(folder: Path, seed: int, masts: int) -> None:
    found = {rule: gaps(folder / rule.replace(" ", ""), rule, seed, masts) for rule in RULES}
    for mild, strict in STRICTER:
        for column in GAPS:
            assert (found[strict][column] >= found[mild][column] - 1e-9).all(), (mild, strict, column)
    for table in found.values():
        assert (table["internet_gap_25_mbps_share"] >= table["internet_gap_share"] - 1e-9).all()


def test_a_stricter_rule_never_lowers_a_gap(tmp_path):
    _never_lower(tmp_path, seed=2, masts=14)


@pytest.mark.long
@given(seed=st.integers(0, 10_000), masts=st.integers(1, 25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stricter_rule_never_lowers_a_gap_of_many_countries(tmp_path_factory, seed, masts):
    _never_lower(tmp_path_factory.mktemp("rules"), seed, masts)
