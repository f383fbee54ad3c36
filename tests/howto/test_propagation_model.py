"""docs/howto/add_a_propagation_model.md, followed: its package's model decides a whole run's signal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from commune_coverage.api import open_results
from commune_coverage.api import run as run_pipeline
from commune_coverage.radio.propagation.registry import propagation_models
from tests import tiny
from tests.howto.guide import files_of, install

PAGE = "add_a_propagation_model.md"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(tmp_path / "site", files_of(PAGE), monkeypatch)
    propagation_models.cache_clear()
    yield
    propagation_models.cache_clear()
    sys.modules.pop("my_models", None)


def _received_2g_dbm(folder: Path, chain: str) -> np.ndarray:
    """The power at each place where these models, and no others, hold in every environment."""
    country = tiny.write_with_roads(folder / "in")
    shipped = (files("commune_coverage.radio") / "radios.toml").read_text(encoding="utf-8")
    lines = [f"models = {chain}" if line.startswith("models = ") else line for line in shipped.splitlines()]
    (folder / "in/radios.toml").write_text("\n".join(lines), encoding="utf-8")
    tiny.say(country, '[radio]\nradios = "radios.toml"')
    run_pipeline(country, folder / "d", folder / "m", date(2026, 3, 1), "serial", lambda *_: None)
    return open_results(folder / "d").grid["received_2g_dbm"].to_numpy()


@pytest.mark.usefixtures("package")
def test_the_page_s_model_decides_the_signal_of_a_run(tmp_path: Path) -> None:
    """Against 50 m, under the mast: free space to 100 m, then 35 dB a decade to 10 km and 14.14 km.

    At 50 m the free space is that of P.525, whose constant 32.4 dB is 0.048 dB below the page's.
    """
    received = _received_2g_dbm(tmp_path, '["log_distance"]')
    lost = received.max() - received
    assert np.sort(lost) == pytest.approx([0.0] + [6.069 + 70.0] * 4 + [6.069 + 75.268] * 4, abs=0.01)
