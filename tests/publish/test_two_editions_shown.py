"""Both editions are switched together, held together and taken back together, and no older run shows more by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from commune_coverage.core import files
from commune_coverage.core.errors import CountryFileError, RunError
from commune_coverage.pipeline.run import Published
from commune_coverage.publish import publication
from commune_coverage.publish.postgis.published import latest_run, read_published
from commune_coverage.quality.results import shown_run
from commune_coverage.reanalysis.replay import replay
from commune_coverage.runs import run as run_module
from tests import tiny
from tests.commands import command

INTERNAL = 'confidentiality = "internal"\n'
HARD = "\n[thresholds]\nhigh_speed_mbps = [900.0]\n"


class Shown:
    """The tiny country, whose towers are confidential, run after run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.maps = folder, folder / "d", folder / "m"
        self.country = tiny.with_few_people(tiny.write_files(folder / "in"))

    def say(self, old: str, new: str) -> None:
        text = self.country.read_text()
        assert old in text
        self.country.write_text(text.replace(old, new) if old else text + new)

    def keep_towers(self) -> None:
        self.say('path = "towers.csv"\n', f'path = "towers.csv"\n{INTERNAL}')

    def run(self, day: int) -> Published:
        return run_pipeline(self.country, self.data, self.maps, date(2026, 3, day), "serial", lambda *_: None)

    def run_of_each(self) -> set[str]:
        """The runs that tables and pages of both editions are of; fails unless all of it is there."""
        tables = [json.loads((self.data / each / "report.json").read_text()) for each in ("latest", "internal")]
        pages = [(self.maps / each / "index.html").read_text("utf-8") for each in ("latest", "internal/latest")]
        assert [each["edition"] for each in tables] == ["public", "internal"]
        assert not (self.data / "latest/sites.csv").exists()
        assert (self.data / "internal/sites.csv").is_file()
        assert ["banner_withheld" in page for page in pages] == [True, False]
        assert ["banner_internal" in page for page in pages] == [False, True]
        of_pages = [re.findall(r"[A-Z]{3}-\d{8}-[0-9a-f]{12}", page)[0] for page in pages]
        return {*(each["run_id"] for each in tables), *of_pages}


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    found = Shown(tmp_path)
    found.keep_towers()
    found.run(1)
    return found


def test_both_are_switched_in_one_step(shown: Shown) -> None:
    [first] = shown.run_of_each()
    second = shown.run(2).run_id
    assert shown.run_of_each() == {second}
    assert second != first
    assert [path.name for path in sorted((shown.maps / "current").iterdir())] == [
        "internal_run", "internal_served", "internal_site", "publication.json", "run", "served", "site",
    ]  # fmt: skip


@pytest.mark.long
def test_both_are_held_with_the_same_banner(shown: Shown) -> None:
    [first] = shown.run_of_each()
    shown.say('code = "KHM"', 'code = "KHM"' + HARD.replace("\n[thresholds]\n", "\nthresholds."))
    assert shown.run(2).hold is not None
    assert shown.run_of_each() == {first}
    for edition in ("latest", "internal/latest"):
        pages = [path.read_text("utf-8") for path in (shown.maps / edition).glob("*.html")]
        assert all("held back since 2 March 2026" in page for page in pages)


@pytest.mark.long
def test_a_roll_back_takes_both_back(shown: Shown) -> None:
    [first] = shown.run_of_each()
    shown.run(2)
    publication.roll_back("a mistake", shown.data, shown.maps)
    assert shown.run_of_each() == {first}
    assert "without details of towers, internal edition beside it" in publication.list_publications(shown.maps, False)


def test_no_older_run_shows_by_itself_what_is_confidential_now(tmp_path: Path) -> None:
    shown = Shown(tmp_path)
    open_run = shown.run(1).run_id
    assert not (shown.data / "internal").is_symlink()
    shown.keep_towers()
    [now] = {shown.run(2).run_id}
    assert shown.run_of_each() == {now}
    assert not (shown.maps / "latest" / open_run).exists(), "not for pages that were open either"
    assert (shown.maps / "internal/latest" / open_run / "data/sites.js").is_file()
    with pytest.raises(RunError, match="no earlier run is there"):
        publication.roll_back("a mistake", shown.data, shown.maps)
    with pytest.raises(RunError, match=f"{open_run} shows more of towers than the run that is shown"):
        publication.publish_run(open_run, "why not", shown.data, shown.maps)
    assert shown.run_of_each() == {now}
    shown.say(INTERNAL, "")
    shown.run(3)
    assert (shown.data / "latest/sites.csv").is_file()
    assert (shown.maps / "latest" / now / "data").is_dir()
    assert not (shown.data / "internal").is_symlink()
    assert not (shown.maps / "internal/latest").is_symlink()


def test_less_is_shown_where_the_least_count_is_greater() -> None:
    def of(withheld: dict[str, int | None]) -> publication.Publication:
        return publication.Publication(1, "", "published", "r", "", "r", withheld=withheld)

    def more(decided: dict[str, int | None], last: dict[str, int | None]) -> list[str]:
        return publication._shown_in_detail(of(decided), of(last))

    assert more({"towers": 5}, {"towers": 10}) == ["towers"]
    assert more({"towers": 10}, {"towers": 5}) == []
    assert more({"towers": None}, {"towers": 5}) == []
    assert more({"towers": 5}, {"towers": None}) == ["towers"]
    assert more({}, {"hubs": 5}) == ["hubs"]
    assert more({"hubs": 5}, {}) == []


class Killed(BaseException):
    """What stops a run at an instant."""


def _dying(function: Callable[..., object], after: int) -> Callable[..., object]:
    """The function, the ``after``-th call of which does not return."""
    calls = iter(range(after + 1))

    def call(*arguments: object) -> object:
        if next(calls) == after:
            raise Killed
        return function(*arguments)

    return call


@pytest.mark.parametrize(
    ("where", "name", "calls"),
    [
        pytest.param("commune_coverage.pipeline.stages.publish.stage", "move_into_place", 4, marks=pytest.mark.long),
        ("commune_coverage.publish.publication", "replace_symlink", 2),
        pytest.param("commune_coverage.pipeline.stages.publish.editions", "write_site", 2, marks=pytest.mark.long),
    ],
)
def test_killed_anywhere_both_editions_stay_of_one_run(
    where: str, name: str, calls: int, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {"move_into_place": run_module.move_into_place, "replace_symlink": files.replace_symlink}.get(name)
    if whole is None:
        from commune_coverage.site.build import write_site as whole
    [before] = shown.run_of_each()
    villages = shown.folder / "in/villages.csv"
    for after in range(calls):
        table = pd.read_csv(villages)
        table.assign(people=table["people"] + 1).to_csv(villages, index=False)
        with monkeypatch.context() as patched:
            patched.setattr(f"{where}.{name}", _dying(whole, after))
            with pytest.raises(Killed):
                shown.run(2)
        assert shown.run_of_each() in ({before}, {_named(shown)})
        [before] = shown.run_of_each()
    ended = shown.run(2).run_id
    assert shown.run_of_each() == {ended}
    assert [path.name for path in (shown.data / "runs").glob(".work-*")] == []
    assert [path.name for path in (shown.data / "public").glob(".work-*")] == []
    assert [path.name for path in (shown.maps / "internal/runs").glob(".work-*")] == []


def _named(shown: Shown) -> str:
    """The newest run that is whole."""
    return max((shown.data / "runs").glob("KHM-*"), key=lambda path: path.stat().st_mtime_ns).name


@pytest.mark.long
def test_what_is_computed_goes_on_from_all_that_was_computed(shown: Shown) -> None:
    last, unreadable = shown_run(shown.data)
    assert last is not None
    assert unreadable == ""
    assert last.report["edition"] == "internal"
    assert last.table["cells"].notna().all()


@pytest.mark.long
def test_a_replay_comes_out_the_same_in_both_editions(shown: Shown) -> None:
    [run] = shown.run_of_each()
    replayed = replay(run, shown.data, "serial", lambda *_: None)
    assert replayed.differ == []
    kinds = {name.split("/")[0] for name in replayed.same}
    assert kinds == {"tables", "pages", "public_tables", "internal_pages"}


@pytest.mark.long
def test_the_database_takes_the_edition_that_is_named(shown: Shown) -> None:
    rows = {
        edition: {
            filled.table.name: len(filled.rows) for filled in read_published(latest_run(shown.data, edition)).tables
        }
        for edition in ("public", "internal")
    }
    assert rows["public"]["sites"] == 0
    assert rows["internal"]["sites"] == 2
    assert rows["public"]["commune_gaps"] == rows["internal"]["commune_gaps"] == 9


def test_the_commands_name_the_edition(shown: Shown) -> None:
    again = command("run", shown.country, "--data-dir", shown.data, "--maps-dir", shown.maps, "--date", "2026-03-01")
    assert again.returncode == 0, again.stderr
    lines = again.stdout.splitlines()
    assert lines[-1] == str(shown.maps / "latest/index.html")
    assert f"Internal edition: {shown.maps / 'internal/latest/index.html'}" in lines
    assert "Public edition, without details of towers:" in lines
    refused = command("levels", "--data-dir", shown.data, "--out", shown.folder / "levels")
    assert refused.returncode == 1
    assert "the public edition has no levels" in refused.stderr
    written = command("levels", "--data-dir", shown.data, "--out", shown.folder / "levels", "--edition", "internal")
    assert written.returncode == 0, written.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('path = "communes.geojson"', f'path = "communes.geojson"\n{INTERNAL}', "their layer is public"),
        ('path = "towers.csv"', 'path = "towers.csv"\nconfidentiality = "aggregated"', "stated together"),
        ('path = "towers.csv"', f'path = "towers.csv"\n{INTERNAL}min_count = 5', "stated together"),
        (
            'path = "towers.csv"',
            f'path = "towers.csv"\n[[layers.towers.also]]\npath = "towers.csv"\n{INTERNAL}',
            "state it where towers begins",
        ),
        ('path = "towers.csv"', 'path = "towers.csv"\nconfidentiality = "aggregated"\nmin_count = 1', "min_count"),
    ],
)
def test_what_cannot_be_confidential_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    country.write_text(country.read_text().replace(old, new))
    with pytest.raises(CountryFileError, match=said):
        load_country(country)
