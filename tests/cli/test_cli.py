import os
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from typer.testing import CliRunner

from commune_coverage.cli.app import app
from tests import tiny
from tests.commands import MAIN, command

COMMANDS = (
    "init",
    "fetch",
    "recognise",
    "check",
    "preview",
    "run",
    "approve",
    "postgis",
    "levels",
    "demo",
    "synthesize",
)


def _process(*arguments):
    command_line = [sys.executable, "-c", MAIN, *map(str, arguments)]
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command_line, capture_output=True, text=True, check=False, env=path)


def test_help_shows_every_command_and_each_command_an_example():
    listed = CliRunner().invoke(app, ["--help"], terminal_width=200).output
    for name in COMMANDS:
        assert f"commune-coverage {name}" in listed
        shown = CliRunner().invoke(app, [name, "--help"], terminal_width=200).output
        assert f"Example: commune-coverage {name}" in shown


def test_the_run_ends_with_the_path_of_the_index(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    result = _process("run", country, "--data-dir", tmp_path / "d", "--maps-dir", tmp_path / "m", "--engine", "serial")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(tmp_path / "m/latest/index.html")
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.toml"], "nowhere.toml'; start from what 'commune-coverage init' writes"),
        (["run", "{country}", "--engine", "gpu"], "engine 'gpu' is not one of"),
        (["run", "{country}", "--date", "yesterday"], "is not a date such as"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(tmp_path, arguments, words):
    country = tiny.write_files(tmp_path / "in")
    result = command(*[str(country) if word == "{country}" else word for word in arguments], cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_half_a_raster_stops_the_run_with_one_sentence_and_leaves_the_maps(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    folders = ("--data-dir", tmp_path / "d", "--maps-dir", tmp_path / "m", "--engine", "serial")
    assert command("run", country, *folders).returncode == 0
    before = (tmp_path / "m/latest/index.html").read_bytes()
    raster = tmp_path / "in/people.tif"
    values = np.ones((400, 400), dtype="float32")
    profile = {"driver": "GTiff", "height": 400, "width": 400, "count": 1, "dtype": "float32", "crs": "EPSG:32648"}
    with rasterio.open(raster, "w", transform=from_origin(400_000, 1_230_000, 75, 75), **profile) as target:
        target.write(values, 1)
    raster.write_bytes(raster.read_bytes()[:300_000])
    text = country.read_text()
    points = text[text.index("[layers.people]") : text.index("[layers.towers]")]
    country.write_text(text.replace(points, '[layers.people]\npath = "people.tif"\n'))
    result = command("run", country, *folders)
    assert result.returncode == 1
    assert "error: 'people.tif' is not a whole raster (damaged or half-written); fetch it again" in result.stderr
    assert "Traceback" not in result.stderr
    assert (tmp_path / "m/latest/index.html").read_bytes() == before


def test_check_lists_all_problems_at_once(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    (tmp_path / "in/towers.csv").write_bytes(b"")
    (tmp_path / "in/hubs.csv").write_text("lon,lat\n1,2\n")
    (tmp_path / "in/villages.csv").write_text("lon,lat,people,village\n104.1,10.9,x,V\n104.1,10.9,5,V\n")
    result = command("check", country)
    assert result.returncode == 1
    assert "problem: towers: 'towers.csv' is empty" in result.stderr
    assert "problem: hubs: 'hubs.csv': no column 'kind' for class" in result.stderr
    assert "people (villages.csv): 2 read, 1 kept" in result.stdout
    assert "line 2: a value that must be a number is not one" in result.stdout


def test_what_init_writes_lacks_only_the_downloads(tmp_path):
    written = command("init", "khm", cwd=tmp_path)
    assert written.stdout.strip() == "country.toml"
    result = command("check", "country.toml", cwd=tmp_path)
    assert result.returncode == 1
    problems = result.stderr.strip().splitlines()
    assert [line.split(":")[1].strip() for line in problems] == [
        "communes",
        "people",
        "towers",
        "hubs",
        "payments",
        "roads",
    ]
    assert all("is not there (looked in" in line for line in problems)


def test_approve_and_preview_by_command(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    run_date = ("--data-dir", tmp_path / "d", "--maps-dir", tmp_path / "m", "--engine", "serial", "--date")
    command("run", country, *run_date, "2026-03-01")
    villages = (tmp_path / "in/villages.csv").read_text().splitlines()
    (tmp_path / "half.csv").write_text("\n".join(villages[:6]) + "\n")
    shown = command(
        "preview",
        tmp_path / "half.csv",
        "--country",
        country,
        "--layer",
        "people",
        "--data-dir",
        tmp_path / "d",
        "--engine",
        "serial",
        "--out",
        tmp_path / "out",
    )
    assert shown.returncode == 0, shown.stderr
    assert "a run would hold this version back: 1,500 people where the last good version has 4,500" in shown.stdout
    assert (tmp_path / "out/communes.csv").is_file()
    (tmp_path / "half.csv").replace(tmp_path / "in/villages.csv")
    held = command("run", country, *run_date, "2026-03-02")
    assert "people: the newest version is held back" in held.stderr
    approved = command("approve", "people", "--because", "a new census", "--data-dir", tmp_path / "d")
    assert approved.stdout.startswith("people: the version held on 2026-03-02 is approved")
    assert command("run", country, *run_date, "2026-03-02").stderr == ""


def test_check_of_a_good_country_says_so_and_writes_nothing(tmp_path):
    country = tiny.write_files(tmp_path / "in")
    result = command("check", country, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "no problem that would stop a run"
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
