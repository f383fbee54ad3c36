"""Health, its figures, alerts that come once and go, a log that machines read."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.quality import Alerts
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.event_log import last_attempt, log_attempt, log_event
from commune_coverage.monitoring.alerts import alert, send_heartbeat
from commune_coverage.monitoring.command import print_health
from commune_coverage.monitoring.disk import Room, days_left
from commune_coverage.monitoring.health import EXIT_CODES, health
from tests import tiny
from tests.monitoring.receivers import mailbox, webhook

HARD = "\n[thresholds]\nhigh_speed_mbps = [900.0]\n"


class Instance:
    """The tiny country, its runs and its state of health."""

    def __init__(self, folder: Path) -> None:
        self.data, self.maps, self.country = (
            folder / "data",
            folder / "maps",
            tiny.with_few_people(tiny.write_files(folder / "in")),
        )

    def run(self, day: int) -> None:
        run_pipeline(self.country, self.data, self.maps, date(2026, 3, day), "serial", lambda *_: None)

    def conditions(self, later: timedelta = timedelta()) -> dict[str, str]:
        last = last_attempt(self.data)
        ended = datetime(2026, 3, 1, tzinfo=UTC) if last is None else datetime.fromisoformat(last["at"])
        now = ended + later
        return {one.name: one.sentence for one in health(self.data, self.maps, Alerts(), now).conditions}

    def tell(self, told: str, send: bool = False) -> tuple[str, int]:
        return print_health(self.country, self.data, self.maps, told, send)

    def say(self, text: str) -> None:
        self.country.write_text(self.country.read_text() + text)

    def copied(self, folder: Path) -> Instance:
        shutil.copytree(self.data.parent, folder, symlinks=True, dirs_exist_ok=True)
        other = Instance.__new__(Instance)
        other.data, other.maps, other.country = folder / "data", folder / "maps", folder / "in" / self.country.name
        return other


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """One run is shown."""
    instance = Instance(tmp_path_factory.mktemp("watched"))
    instance.run(1)
    return instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


def test_health_says_what_is_wrong_and_what_to_do(instance: Instance) -> None:
    assert set(instance.conditions()) == {"missed", "nothing_shown"}
    instance.run(1)
    assert instance.conditions() == {}
    said, code = instance.tell("text")
    assert code == 0
    assert said.startswith("ok: KHM-20260301-")
    assert "no run has ended for 30 hours" in instance.conditions(timedelta(hours=30))["missed"]
    instance.say(HARD)
    instance.run(2)
    assert "commune-coverage publish KHM-20260302-" in instance.conditions()["held"]
    said, code = instance.tell("json")
    assert code == EXIT_CODES["critical"]
    assert json.loads(said)["status"] == "critical"
    assert json.loads(said)["shown"]["run_date"] == "2026-03-01"


def test_a_run_that_fails_is_critical_until_one_ends(instance: Instance) -> None:
    communes = instance.country.parent / "communes.geojson"
    whole = communes.read_bytes()
    communes.write_bytes(b"<html>")
    with pytest.raises(CoverageError):
        instance.run(1)
    assert "the last run failed: " in instance.conditions()["failed"]
    communes.write_bytes(whole)
    instance.run(1)
    assert instance.conditions() == {}


def test_figures_for_monitoring_are_openmetrics(instance: Instance) -> None:
    instance.run(1)
    said, code = instance.tell("openmetrics")
    assert code == 0
    assert said.endswith("# EOF\n")
    found = {
        sample.name: sample
        for family in text_string_to_metric_families(said)
        for sample in family.samples
        if not sample.labels
    }
    assert found["commune_coverage_health"].value == 0
    by_figure = {
        sample.labels["figure"]: sample.value
        for family in text_string_to_metric_families(said)
        if family.name == "commune_coverage_national"
        for sample in family.samples
    }
    table = pd.read_csv(instance.data / "latest/commune_gaps.csv")
    assert by_figure["internet_gap_people"] == pytest.approx(table["internet_gap_people"].sum())
    stages = [
        family for family in text_string_to_metric_families(said) if family.name == "commune_coverage_stage_seconds"
    ]
    assert {sample.labels["stage"] for sample in stages[0].samples} >= {"towers", "radio", "indicators"}


def test_alerts_come_once_by_both_ways_and_say_when_it_is_over(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "in/webhook").write_text("http://127.0.0.1:1/")
    with webhook() as (address, posted), mailbox() as (port, mail):
        (tmp_path / "in/webhook").write_text(address + "\n")
        instance.say(
            f'\n[alerts]\nwebhook_file = "webhook"\nemail_to = ["noc@example.org"]\n'
            f'smtp_host = "127.0.0.1"\nsmtp_port = {port}\n'
        )
        instance.run(1)
        assert instance.tell("text", send=True)[1] == 0
        assert posted == []
        instance.say(HARD)
        instance.run(2)
        instance.tell("text", send=True)
        instance.tell("text", send=True)
        assert len(posted) == 1
        assert "held since 2026-03-02" in str(posted[0]["text"])
        assert "held since 2026-03-02" in "\n".join(mail)
        assert "To: noc@example.org" in mail
        instance.country.write_text(instance.country.read_text().replace(HARD, ""))
        instance.run(3)
        instance.tell("text", send=True)
        assert posted[-1]["alerts"] == ["over: held"]
    assert "secret-token" not in "".join(path.read_text() for path in (instance.data / "log").iterdir())
    assert address not in (instance.data / "latest/manifest.json").read_text()


@pytest.mark.parametrize("answer", [500, 302])
def test_an_alert_that_does_not_get_through_is_said_and_sent_again(answer: int, instance: Instance) -> None:
    webhook_file = instance.country.parent / "webhook"
    settings = Alerts(webhook_file=webhook_file)
    state = health(instance.data, instance.maps, settings)
    instance.data.mkdir()
    with webhook(answer) as (address, posted):
        webhook_file.write_text(address)
        [problem] = alert(state, instance.data, settings, "tiny")
        assert problem == "the alert by webhook did not get through: HTTPError"
        assert len(posted) == 1
    with webhook() as (address, posted):
        webhook_file.write_text(address)
        assert alert(state, instance.data, settings, "tiny") == []
        assert len(posted) == 1


def test_the_log_is_a_json_object_a_line_whatever_is_said(instance: Instance) -> None:
    instance.run(1)
    log_event(instance.data, "said", text='line\nbreak "quote" \u202e' + "x" * 10_000)
    [path] = (instance.data / "log").iterdir()
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {"stage", "published", "said"} <= {event["event"] for event in events}
    stages = [event for event in events if event["event"] == "stage"]
    assert all(event["seconds"] >= 0 and event["peak_memory_mb"] > 0 for event in stages)
    assert "\n" not in events[-1]["text"]
    assert len(events[-1]["text"]) <= 600


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("data/last_attempt.json", "the last run"),
        ("data/latest/report.json", "the layers"),
        ("data/postgis.json", "the database"),
    ],
)
def test_a_watch_that_cannot_see_says_so_in_every_form_and_takes_nothing_for_over(
    ran: Instance, tmp_path: Path, file: str, what: str
) -> None:
    """Whatever is in the place of a file, the other conditions are told as well."""
    instance = ran.copied(tmp_path)
    webhook_file = instance.country.parent / "webhook"
    instance.say('\n[alerts]\nwebhook_file = "webhook"\nmissed_after_hours = 0.000001\n')
    with webhook() as (address, posted):
        webhook_file.write_text(address)
        assert instance.tell("text", send=True)[1] == EXIT_CODES["critical"]
        for content in ('{"at"', "[]", '{"at": 1, "layers": 3}'):
            (tmp_path / file).write_text(content)
            for told in ("text", "json", "openmetrics"):
                said, code = instance.tell(told, send=True)
                assert code == EXIT_CODES["critical"]
                assert (f"the watch cannot see {what}: " in said) == (told != "openmetrics")
    alerted = [lines for one in posted[1:] for lines in one["alerts"]]
    assert sum(lines.startswith(f"critical: the watch cannot see {what}") for lines in alerted) == 1
    others = [lines for lines in alerted if "the watch cannot see" not in lines]
    assert all("is not as the run left it" in lines for lines in others)


def test_a_run_that_ends_without_a_word_is_critical_and_one_at_work_is_not(tmp_path: Path) -> None:
    """A process that is killed, as one that nothing could be written by any more, leaves that it had begun."""
    script = (
        "import os, signal, pathlib, sys; from commune_coverage.core.event_log import log_attempt as begin\n"
        "with begin(pathlib.Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert "ended without a word" in _conditions(tmp_path)["failed"]
    with log_attempt(tmp_path):
        assert "failed" not in _conditions(tmp_path)
    assert "failed" not in _conditions(tmp_path)


def _conditions(data: Path) -> dict[str, str]:
    return {one.name: one.sentence for one in health(data, data / "maps", Alerts()).conditions}


def test_a_folder_without_room_for_a_file_is_critical_before_any_run_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No inode is left: not one of the other conditions sees it."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    here = os.statvfs(tmp_path)
    assert not {"unwritable", "inodes"} & _conditions(tmp_path).keys()
    monkeypatch.setattr("commune_coverage.monitoring.disk.tempfile.NamedTemporaryFile", full)
    blocks = {name: getattr(here, name) for name in ("f_blocks", "f_bfree", "f_bavail", "f_frsize")}
    few = SimpleNamespace(f_files=1000, f_favail=49, **blocks)
    monkeypatch.setattr("commune_coverage.monitoring.disk.os.statvfs", lambda _: few)
    said = _conditions(tmp_path)
    assert said["unwritable"].startswith("nothing can be written into the data folder: No space left")
    assert said["inodes"].startswith("49 more files, 4.9% of all")


def _rooms(*free: float) -> list[Room]:
    return [Room(day * 86_400.0, bytes_, 1e6) for day, bytes_ in enumerate(free)]


def test_the_disk_is_full_when_what_is_free_runs_out_at_the_usual_rate() -> None:
    assert days_left(_rooms(150, 140, 130, 120, 110), "bytes") == pytest.approx(11)
    assert days_left(_rooms(150, 140, 20, 120, 110), "bytes") == pytest.approx(11), "a copy that came and went"
    assert days_left(_rooms(150, 150, 150, 150), "bytes") is None, "too few"
    assert days_left(_rooms(100, 110, 120, 130, 140), "bytes") is None
    assert days_left(_rooms(150, 140, 130, 120, 110), "inodes") is None


def test_the_forecast_names_the_day_and_the_largest_folders(tmp_path: Path) -> None:
    lines = [{"at": f"2026-03-0{day}T02:00:00+00:00", "event": "disk", "free_bytes": (20 - day) * 10**9,
              "free_inodes": 10**6} for day in range(1, 7)]  # fmt: skip
    (tmp_path / "log").mkdir()
    (tmp_path / "log/2026-03.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + '{"event": "disk"')
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/old.tif").write_bytes(b"x" * 60_000_000)
    sentence = _conditions(tmp_path)["bytes_forecast"]
    assert sentence.startswith("The disk will be full in 14 days, as it filled since 2026-03-01.")
    assert "The data folder holds: sources 0.1 GB" in sentence


def test_the_heartbeat_tells_the_state_and_the_end_of_the_record_to_whoever_waits(ran: Instance) -> None:
    heartbeat = ran.country.parent / "heartbeat"
    settings = Alerts(heartbeat_file=heartbeat)
    state = health(ran.data, ran.maps, settings)
    with webhook() as (address, posted):
        heartbeat.write_text(address)
        assert send_heartbeat(state, ran.data, settings, "tiny") == ""
    last = json.loads((ran.data / "history/decisions.jsonl").read_text().splitlines()[-1])
    head = {"entries": last["number"], "digest": last["digest"]}
    assert posted == [{"source": "tiny", "status": state.status, "decisions": head}]
    problem = send_heartbeat(state, ran.data, settings, "tiny")
    assert problem == "the heartbeat did not get through: URLError"
