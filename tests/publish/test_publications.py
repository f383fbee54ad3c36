"""What is shown: all in one switch, held back with the reason, decided by a person, on record for ever."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from commune_coverage.api import run as run_pipeline
from commune_coverage.cli.app import app
from commune_coverage.config.quality import Alerts, Checks
from commune_coverage.core.errors import RunError
from commune_coverage.core.identity import Identity, identify
from commune_coverage.core.state import files as state_files
from commune_coverage.monitoring.health import health
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.run import Published
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.publish import publication
from commune_coverage.publish import publication as by_hand
from commune_coverage.publish.publication import now_shown, shown_so_far
from commune_coverage.quality.decisions import VARIABLE
from commune_coverage.runs.run import start_run
from tests import tiny


class RunHistory:
    """The tiny country, run after run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.maps = folder, folder / "data", folder / "maps"
        self.country = tiny.with_few_people(tiny.write_files(folder / "in"))

    def run(self, day: int) -> Published:
        return run_pipeline(self.country, self.data, self.maps, date(2026, 3, day), "serial", lambda *_: None)

    def say(self, old: str, new: str) -> None:
        text = self.country.read_text()
        assert old in text or not old
        self.country.write_text(text.replace(old, new) if old else text + new)

    def shown(self) -> tuple[str, str, str]:
        """Run of the tables, run of the pages, and the overview's banner."""
        page = (self.maps / "latest/index.html").read_text(encoding="utf-8")
        report, manifest = (
            json.loads((self.data / f"latest/{name}.json").read_text()) for name in ("report", "manifest")
        )
        assert manifest["run_id"] == report["run_id"]
        banner = re.search(r'<div class="banner".*?</div>', page, re.DOTALL)
        return report["run_id"], re.findall(r"[A-Z]{3}-\d{8}-[0-9a-f]{12}", page)[0], banner[0] if banner else ""


HARD = "\n[thresholds]\nhigh_speed_mbps = [900.0]\n"


@pytest.fixture
def updates(tmp_path: Path) -> RunHistory:
    found = RunHistory(tmp_path)
    found.run(1)
    return found


def test_a_run_that_changes_too_much_is_held_and_the_pages_say_since_when_and_why(updates: RunHistory) -> None:
    first = updates.shown()[0]
    updates.say("", HARD)
    held = updates.run(2)
    assert held.hold is not None
    assert held.hold.checks == ["national_change"]
    tables, pages, banner = updates.shown()
    assert tables == pages == first
    assert "held back since 2 March 2026" in banner
    assert "the national figures changed too much" in banner
    assert updates.run(3).hold is not None
    assert "held back since 2 March 2026" in updates.shown()[2]
    last = now_shown(updates.maps)
    assert last is not None
    assert last.hold is not None
    assert (last.hold.run_date, last.hold.since) == ("2026-03-03", "2026-03-02")
    updates.say(HARD, "")
    assert updates.run(4).hold is None
    assert "held back" not in updates.shown()[2]


def test_a_held_runs_pages_lose_nothing_but_say_more(updates: RunHistory) -> None:
    def files() -> dict[str, bytes]:
        site = (updates.maps / "current/site").resolve()
        return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    updates.run(2)
    before, folder = files(), (updates.maps / "current/site").resolve()
    updates.say("", HARD)
    for day in (3, 4):
        assert updates.run(day).hold is not None
        held = files()
        assert held.keys() == before.keys()
        assert {name for name in held if "/data/updates/run_date-" in name}
        assert {name for name in held if held[name] != before[name]} == {
            name for name in held if name.endswith(".html")
        }
        for name in held:
            if name.endswith(".html"):
                assert held[name].count(b"held back since") == 1
                without = re.sub(rb"<!-- banner -->.*<!-- end of banner -->", b"", held[name], flags=re.DOTALL)
                assert without == re.sub(
                    rb"<!-- banner -->.*<!-- end of banner -->", b"", before[name], flags=re.DOTALL
                )
    assert b"held back" not in (folder / "index.html").read_bytes()


def test_a_held_run_is_shown_by_hand_and_taken_back_and_all_is_on_record(
    updates: RunHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "the-minister")
    first = updates.shown()[0]
    updates.say("", HARD)
    held = updates.run(2).run_id
    rules = updates.folder / "rules.toml"
    rules.write_text('second_person = ["publish"]')
    monkeypatch.setenv(VARIABLE, str(rules))
    said = by_hand.publish_run(held, "announced", updates.data, updates.maps)
    assert said == f"{held}: recorded; it is shown once a second person has given the same command"
    assert updates.shown()[:2] == (first, first)
    with monkeypatch.context() as other:
        other.setattr(by_hand, "identify", lambda stated: Identity("root", "berta", stated))
        said = by_hand.publish_run(held, "announced <b>yesterday</b>", updates.data, updates.maps, "Berta")
    monkeypatch.delenv(VARIABLE)
    assert said.startswith(f"{held} is shown from now on")
    assert updates.shown()[:2] == (held, held)
    assert updates.run(2).hold is None
    assert updates.shown()[0] == held
    by_hand.roll_back("a mistake", updates.data, updates.maps)
    assert updates.shown()[:2] == (first, first)
    assert "held back" not in updates.shown()[2]
    updates.run(2)
    assert updates.shown()[0] == first, "the same run does not come back by itself"
    listed = shown_so_far(updates.maps)
    assert [one.what for one in listed] == ["published", "held", "published by hand", "rolled back"]
    assert [one.because for one in listed] == ["", "", "announced <b>yesterday</b>", "a mistake"]
    assert listed[-1].by == identify().name
    assert by_hand.list_publications(updates.maps, as_json=False).count("\n") == 3


def _removed(path: Path) -> None:
    path.unlink()


def _edited(old: str, new: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    return edit


def _in_lines(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    return lambda path: path.write_text("".join(change(path.read_text().splitlines(keepends=True)))) and None


def test_whatever_is_done_to_decisions_and_publications_is_found_by_health_and_verify(updates: RunHistory) -> None:
    updates.say("", HARD)
    held = updates.run(2).run_id
    by_hand.publish_run(held, "it was announced", updates.data, updates.maps)
    record, publications = updates.data / "history/decisions.jsonl", updates.maps / "publications"
    events = [json.loads(line)["event"] for line in record.read_text().splitlines()]
    assert events == ["published", "held", "published by hand"]

    def found() -> list[str]:
        conditions = health(updates.data, updates.maps, Alerts()).conditions
        return [one.sentence for one in conditions if one.name == "decisions" and one.status == "critical"]

    def verified() -> Any:
        folders = ["--data-dir", str(updates.data), "--maps-dir", str(updates.maps)]
        return CliRunner().invoke(app, ["verify", *folders])

    assert (found(), verified().exit_code) == ([], 0)
    whole = {path: path.read_bytes() for path in (record, *publications.glob("*/publication.json"))}
    moved: tuple[tuple[Path, Callable[[Path], None], str], ...] = (
        (record, _edited('announced","by":"a person"', 'it was","by":"a person"'), "entry 3 is not what it was"),
        (record, _in_lines(lambda lines: lines[:-1]), "publication 3 is not in it"),
        (record, _in_lines(lambda lines: [lines[1], lines[0], lines[2]]), "entry 1 is not what it was"),
        (record, _in_lines(lambda lines: [*lines[:1], *lines[2:]]), "entry 2 is not what it was"),
        (record, _removed, "entries from 1 on are missing"),
        (publications / "000003/publication.json", _edited("it was announced", "so it was"), "publication 3 is not as"),
        (publications / "000002/publication.json", _removed, "publication 2 is not as it was recorded"),
    )
    for path, change, said in moved:
        change(path)
        (sentence,) = found()
        assert said in sentence
        assert (verified().exit_code, said in verified().stdout) == (1, True)
        path.write_bytes(whole[path])
    assert found() == []


def test_what_cannot_be_decided_is_refused_with_what_there_is(updates: RunHistory) -> None:
    first = updates.shown()[0]
    with pytest.raises(RunError, match=f"no finished run 'KHM-1'; there are: {first}"):
        by_hand.publish_run("KHM-1", "because", updates.data, updates.maps)
    with pytest.raises(RunError, match="no earlier run is there"):
        by_hand.roll_back("because", updates.data, updates.maps)
    with pytest.raises(RunError, match="say why"):
        by_hand.publish_run(first, " ", updates.data, updates.maps)
    with pytest.raises(RunError, match="no finished run"):
        by_hand.publish_run("../../etc", "because", updates.data, updates.maps)


def test_a_first_run_that_fails_shows_nothing_and_can_be_shown_by_hand(tmp_path: Path) -> None:
    updates = RunHistory(tmp_path)
    updates.say("", '\n[checks.layers_missing]\nseverity = "block"\n')
    with pytest.raises(RunError, match=r"held and none was published before: layers missing: payments \(limit 0\)"):
        updates.run(1)
    assert not (updates.maps / "latest").exists()
    [run] = [path.name for path in (updates.data / "runs").iterdir()]
    by_hand.publish_run(run, "payments come later", updates.data, updates.maps)
    assert updates.shown()[0] == run


def test_a_country_file_changes_a_check_in_part() -> None:
    checks = Checks.model_validate({"national_change": {"limit": 0.5}, "freshness_days": {"severity": "warn"}})
    assert (checks.national_change.severity, checks.national_change.limit) == ("block", 0.5)
    assert (checks.freshness_days.severity, checks.freshness_days.limit) == ("warn", 3650)


@pytest.mark.parametrize(("module", "moment"), [(state_files, "write_json"), (publication, "replace_symlink")])
def test_killed_at_any_step_of_the_switch_all_is_old_and_the_next_run_heals(
    module: ModuleType, moment: str, updates: RunHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = updates.shown()[0]
    run = start_run(updates.country, updates.data, updates.maps, date(2026, 3, 2), "serial")
    for stage in STAGES[:-1]:
        run_stage(stage, run)
    whole, steps = getattr(module, moment), 0
    for fatal in range(3 if moment == "replace_symlink" else 1):
        steps = 0

        def die(*arguments: Any, fatal: int = fatal, **named: object) -> Any:
            nonlocal steps
            if moment == "write_json" and arguments[0].name != "publication.json":
                return whole(*arguments, **named)
            if steps == fatal:
                raise KeyboardInterrupt
            steps += 1
            return whole(*arguments, **named)

        monkeypatch.setattr(module, moment, die)
        with pytest.raises(KeyboardInterrupt):
            updates.run(2)
        assert updates.shown()[:2] == (first, first)
    monkeypatch.setattr(module, moment, whole)
    assert updates.shown()[0] == first
    second = updates.run(2).run_id
    assert updates.shown()[:2] == (second, second)
    assert [one.number for one in shown_so_far(updates.maps)] == [1, 2]


def test_a_second_country_does_not_take_the_place_of_the_first(updates: RunHistory) -> None:
    first = updates.shown()
    updates.say('code = "KHM"', 'code = "LAO"')
    with pytest.raises(RunError, match="shows the maps of KHM; give LAO a --maps-dir of its own"):
        run_pipeline(
            updates.country, updates.folder / "other", updates.maps, date(2026, 3, 2), "serial", lambda *_: None
        )
    assert updates.shown() == first


def test_an_older_way_of_publishing_gives_way_to_the_one_switch(updates: RunHistory) -> None:
    """Both links named runs of their own before there were publications."""
    first = updates.shown()[0]
    for folder in (updates.data, updates.maps):
        (folder / "latest").unlink()
        (folder / "latest").symlink_to(Path("runs") / first)
    shutil.rmtree(updates.maps / "publications")
    (updates.maps / "current").unlink()
    assert updates.shown()[0] == first
    second = updates.run(2).run_id
    assert updates.shown()[:2] == (second, second)
    assert (updates.maps / "latest").readlink() == Path("current/served")


def test_pages_of_an_older_version_without_a_folder_of_their_run_are_shown_as_they_are(updates: RunHistory) -> None:
    first, pages = updates.shown()[0], (updates.maps / "current/site").resolve()
    for path in (pages / first).iterdir():
        path.rename(pages / path.name)
    (pages / first).rmdir()
    shutil.rmtree((updates.maps / "current/served").resolve())
    publication.lead_to_current(updates.data, updates.maps)
    assert (updates.maps / "latest").readlink() == Path("current/site")
    second = updates.run(2).run_id
    assert updates.shown()[:2] == (second, second)
    assert not (updates.maps / "latest" / first).exists()
    by_hand.roll_back("to see the older one", updates.data, updates.maps)
    assert (updates.maps / "latest/data/gaps.js").is_file()
    assert (updates.maps / "latest" / second / "data/gaps.js").is_file()


def test_the_banner_is_read_in_both_languages_and_fits_a_phone(tmp_path: Path, chromium: str) -> None:
    updates = RunHistory(tmp_path)
    updates.say('languages = ["en"]', 'languages = ["km", "en"]')
    updates.say('en = "Tiny"', 'en = "Tiny"\nkm = "តូច"')
    updates.run(1)
    updates.say("", HARD)
    updates.run(2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto((updates.maps / "latest/index.html").resolve().as_uri())
        assert "ត្រូវបានផ្អាកចាប់ពីថ្ងៃទី2 ខែមីនា ឆ្នាំ2026" in page.locator(".banner").inner_text()
        page.click('[data-language="en"]')
        assert "held back since 2 March 2026" in page.locator(".banner").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.close()


@pytest.mark.parametrize("change", ['"2026-03-01"', '"2026-13-41"', "no JSON"])
def test_a_record_that_is_not_as_it_was_written_gives_way_to_what_its_run_says(tmp_path: Path, change: str) -> None:
    updates = RunHistory(tmp_path)
    updates.run(3)
    record = updates.maps / "publications/000001/publication.json"
    assert now_shown(updates.maps).because == ""
    text = record.read_text()
    record.write_text(text.replace('"2026-03-03"', change) if change.startswith('"') else change)
    found = now_shown(updates.maps)
    assert (found.run_date, found.because) == ("2026-03-03", "the record of this was lost")
    updates.run(4)
    changes = json.loads((updates.data / "latest/changes.json").read_text())
    assert changes["previous_run_date"] == "2026-03-03"
