"""Plans keep the levels that published shares have set on the network of today."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.planning.sandbox import SIGNAL_STAGES, simulation_sandbox
from tests.radio.test_country import RUN_DATE, _register
from tests.radio.test_level_offsets import CELLS, HEADER, KNOWN


def test_another_mast_moves_no_level(tmp_path: Path) -> None:
    country = _register(tmp_path, CELLS, KNOWN)
    (tmp_path / "known.csv").write_text(HEADER + "One,4g,0.47,calibrate,,0.01\n")
    more = tmp_path / "more"
    more.mkdir()
    towers = pd.read_csv(tmp_path / "towers.csv")
    with simulation_sandbox(country, tmp_path / "d", "serial", run_date=RUN_DATE) as sandbox:
        today = sandbox.run("today", sandbox.country, SIGNAL_STAGES).stage_report("radio")["facts"]["level_offsets"]
        assert sandbox.levels_db == {"One": {"4g": today[0]["offset_db"]}}
        beside = towers.iloc[[1]].assign(operator="One")
        pd.concat([towers, beside]).to_csv(more / "towers.csv", index=False)
        layer = sandbox.country.layers.towers.model_copy(update={"path": more / "towers.csv"})
        layers = sandbox.country.layers.model_copy(update={"towers": layer})
        run = sandbox.run("planned", sandbox.country.model_copy(update={"layers": layers}))
        (row,) = run.stage_report("radio")["facts"]["level_offsets"]
        assert row["offset_db"] == pytest.approx(today[0]["offset_db"])
        table = pd.read_parquet(run.stages_folder / "operator_coverage.parquet")
        one = table[(table["operator"] == "One") & (table["technology"] == "4g") & (table["where"] == "outdoor")]
        # The second mast of One covers more than the share that its level was set by.
        assert one["covered_share"].sum() > 5
