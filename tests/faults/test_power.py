"""The power fails at every step of a publication: what is shown afterwards is the old or the new one, whole."""

from __future__ import annotations

import os
from datetime import date
from os.path import normpath
from pathlib import Path

import pytest

from commune_coverage.api import HOOKS
from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.integrity import damaged_files
from commune_coverage.archive.records import recorded
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage, run_stages
from commune_coverage.runs.run import start_run
from tests import tiny
from tests.faults.power import TORN, Disk, Image, every_name, materialise, only_synced, some_names, watched

_STATE = ("data/history/", "data/inputs/KHM/", "maps/publications/")


def _followed(image: Image, path: str) -> str:
    """The path with its links resolved, '' where one leads nowhere."""
    parts, done = path.split("/"), ""
    while parts:
        done = normpath(f"{done}/{parts.pop(0)}").lstrip("/")
        if (target := image.get(done, b"")).startswith(b"-> "):
            parts, done = [*target[3:].decode().split("/"), *parts], done.rpartition("/")[0]
    return done


def _shown(image: Image) -> dict[str, Image]:
    """Files of the pages and the tables that the one link leads to."""
    places = {name: _followed(image, f"maps/current/{name}") for name in ("site", "run")}
    return {
        name: {
            path.removeprefix(f"{place}/"): content for path, content in image.items() if path.startswith(f"{place}/")
        }
        for name, place in places.items()
    }


def _torn(image: Image) -> list[str]:
    """Files that are read whenever health or the next run looks, and that the disk need not hold."""
    return [
        path
        for path, content in image.items()
        if content == TORN and path.startswith(_STATE) and "/." not in path and "/objects/." not in path
    ]


SHORT = 40
"""In the short form one of so many syncs is a step; everything that is done to names is one in both."""


@pytest.mark.parametrize("every", [SHORT, pytest.param(1, marks=pytest.mark.long)])
def test_whenever_the_power_fails_the_old_or_the_new_publication_is_shown_whole(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the run that is repeated afterwards ends with the same files, though nothing that it had computed is left."""
    country = tiny.with_few_people(tiny.write_files(tmp_path / "in"))
    world = tmp_path / "world"
    request = (country, world / "data", world / "maps")
    run_pipeline(*request, date(2026, 3, 1), "serial", lambda *_: None)
    disk = Disk(world)
    disk.hold_everything()
    old = _shown(_live(world))
    run = start_run(*request, date(2026, 3, 2), "serial", HOOKS)
    run_stages(STAGES[:-1], run)
    first = disk.image(every_name)
    shown: list[dict[str, Image]] = []
    torn: list[str] = []
    syncs = 0

    def fail_here(before: str) -> None:
        nonlocal syncs
        syncs += before == "fsync"
        if before == "fsync" and syncs % every:
            return
        for choice in (only_synced, every_name, some_names(len(shown))):
            image = disk.image(choice)
            shown.append(_shown(image))
            torn.extend(_torn(image))

    with watched(disk, fail_here, monkeypatch):
        run_stage(STAGES[-1], run)
        fail_here("the end")
        safe = disk.image(only_synced)
    new = _shown(_live(world))
    assert old["run"] != new["run"]
    assert {"old" if one == old else "new" if one == new else "neither" for one in shown} == {"old", "new"}
    assert torn == []
    assert _shown(safe) == new, "what the process has ended with stays"
    assert any(path.endswith(".report.json") and content == TORN for path, content in first.items())
    materialise(first, tmp_path / "after")
    after = (tmp_path / "after/data", tmp_path / "after/maps")
    assert run_pipeline(country, *after, date(2026, 3, 2), "serial", lambda *_: None).run_id == run.run_id
    records = [recorded(data, run.run_id) or {} for data in (after[0], world / "data")]
    assert all(records[0][kind] == records[1][kind] for kind in ("tables", "pages"))
    assert damaged_files(run.run_id, *after) == []


def _live(world: Path) -> Image:
    image: Image = {}
    for folder, folders, files in os.walk(world):
        for path in (Path(folder, name) for name in (*folders, *files)):
            where = path.relative_to(world).as_posix()
            if path.is_symlink():
                image[where] = f"-> {path.readlink()}".encode()
            elif path.is_file():
                image[where] = path.read_bytes()
    return image
