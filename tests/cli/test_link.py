"""``commune-coverage link``: losses in order, free space by hand, and files that are not profiles."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from commune_coverage.cli.app import app
from commune_coverage.cli.link import link_losses, read_links
from commune_coverage.core.errors import UnreadableFileError

FLAT = {
    "frequency_mhz": 900.0,
    "tx_height_m": 30.0,
    "rx_height_m": 1.5,
    "distance_m": [0, 500, 1000, 2000],
    "elevation_m": [10, 10, 10, 10],
}


def _losses(tmp_path: Path, *profiles: dict[str, Any]) -> list[dict[str, Any]]:
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps({"about": "x", "profiles": profiles}))
    done = CliRunner().invoke(app, ["link", str(path)])
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout)["profiles"])


def test_losses_come_in_order_by_every_model(tmp_path: Path) -> None:
    near, far = _losses(tmp_path, FLAT, {**FLAT, "distance_m": [0, 5000, 10_000, 20_000], "frequency_mhz": 7000})
    ray_km = math.hypot(2, 0.0285)
    assert near["free_space_db"] == pytest.approx(32.4 + 20 * math.log10(900) + 20 * math.log10(ray_km), abs=0.001)
    assert near["terrain_db"] >= near["free_space_db"]
    assert near["tr36942_rural_db"] > near["free_space_db"]
    assert far["terrain_db"] is None
    assert "outside 30-6000" in far["not_valid"]["terrain"]
    assert far["tr38901_uma_db"] is None
    assert "distance 20,000 m is outside" in far["not_valid"]["tr38901_uma"]


def test_a_hill_is_seen(tmp_path: Path) -> None:
    flat, hill = _losses(tmp_path, FLAT, {**FLAT, "elevation_m": [10, 90, 10, 10]})
    assert hill["terrain_db"] > flat["terrain_db"] + 20
    assert hill["free_space_db"] == flat["free_space_db"]


def test_what_stands_on_the_ground_is_seen_and_what_stands_at_the_ends_is_not(tmp_path: Path) -> None:
    bare, town, ends = _losses(
        tmp_path, FLAT, *({**FLAT, "clutter_height_m": heights} for heights in ([0, 15, 20, 0], [9, 0, 0, 9]))
    )
    assert town["terrain_db"] > bare["terrain_db"] + 3
    assert ends["terrain_db"] == bare["terrain_db"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"profiles": 3}',
        "<html>",
        '{"profiles": [{"frequency_mhz": 900}]}',
        json.dumps({"profiles": [{**FLAT, "distance_m": [0, 5, 5, 9]}]}),
        json.dumps({"profiles": [{**FLAT, "distance_m": [1, 5, 6, 9]}]}),
        json.dumps({"profiles": [{**FLAT, "elevation_m": [1, 2]}]}),
        json.dumps({"profiles": [{**FLAT, "clutter_height_m": [0, 10, 0]}]}),
        json.dumps({"profiles": [{**FLAT, "clutter_height_m": [0, -1, 0, 0]}]}),
        json.dumps({"profiles": [{**FLAT, "tx_height_m": -3}]}),
        json.dumps({"profiles": [{**FLAT, "elevation_m": [1, float("nan"), 3, 4]}]}),
        "[" * 100_000,
    ],
)
def test_what_is_no_profile_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(UnreadableFileError) as caught:
        read_links(tmp_path / "p.json")
    assert "\n" not in str(caught.value)


def test_real_profiles_by_command(shared_data: Path) -> None:
    path = shared_data / "reference" / "terrain_path_loss.json"
    asked = json.loads(path.read_text())["profiles"]
    found = link_losses(read_links(path), 45.0)["profiles"]
    terrain = np.array([ours["terrain_db"] - theirs["p1812_db"] for ours, theirs in zip(found, asked, strict=True)])
    free = np.array(
        [ours["free_space_db"] - theirs["free_space_db"] for ours, theirs in zip(found, asked, strict=True)]
    )
    assert len(found) == 80
    assert abs(terrain).max() < 0.1
    assert abs(terrain.mean()) < 0.02
    assert abs(free).max() < 0.02
