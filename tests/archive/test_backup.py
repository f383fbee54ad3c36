"""A backup that proves itself: put back elsewhere it is what it was, and damaged it is refused."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.backup import back_up, problems_of, restore
from commune_coverage.cli.app import app
from commune_coverage.config.quality import Alerts
from commune_coverage.core.errors import RunError
from commune_coverage.monitoring.health import health
from commune_coverage.publish.publication import now_shown, publish_run, roll_back
from tests import tiny

HARD = "\n[thresholds]\nhigh_speed_mbps = [900.0]\n"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is shown, one that was held, shown by hand and taken back, and their backup."""
    folder = tmp_path_factory.mktemp("backed_up")
    country = tiny.with_few_people(tiny.write_files(folder / "in"))
    data, maps = folder / "data", folder / "maps"
    run_pipeline(country, data, maps, date(2026, 3, 1), "serial", lambda *_: None)
    country.write_text(country.read_text() + HARD)
    held = run_pipeline(country, data, maps, date(2026, 3, 2), "serial", lambda *_: None).run_id
    publish_run(held, "announced", data, maps)
    roll_back("a mistake", data, maps)
    (data / "runs/.work-abandoned").mkdir()
    (data / "runs/.work-abandoned/half.json").write_text("{")
    assert back_up(data, maps, folder / "kept.tar").problems == []
    return folder


def _content(folder: Path) -> dict[str, bytes]:
    """Files by their names, and what links lead to, as far as a backup holds them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = {path: path.relative_to(folder) for path in files}
    left_out = {"cache", "backup.json"}
    return {
        name.as_posix(): path.read_bytes()
        for path, name in names.items()
        if name.parts[0] not in left_out and not any(part.startswith(".") for part in name.parts)
    }


def test_put_back_elsewhere_everything_is_as_it_was_and_the_next_run_goes_on(instance: Path, tmp_path: Path) -> None:
    data, maps = tmp_path / "other/place/data", tmp_path / "maps"
    backup = restore(instance / "kept.tar", data, maps)
    assert backup.problems == []
    assert _content(data) == _content(instance / "data")
    assert _content(maps) == _content(instance / "maps")
    assert now_shown(maps) == now_shown(instance / "maps")
    assert (maps / "latest/index.html").is_file()
    led_to = [{path.name for path in (each / "latest").iterdir()} for each in (maps, instance / "maps")]
    assert led_to[0] == led_to[1]
    assert (data / "latest/commune_gaps.csv").resolve().is_relative_to(data)
    assert not [one for one in health(data, maps, Alerts()).conditions if one.status == "critical"]
    published = run_pipeline(instance / "in/country.toml", data, maps, date(2026, 3, 3), "serial", lambda *_: None)
    assert published.hold is not None, "what the figures are compared with came back too"


def test_what_is_under_several_names_is_stored_once_and_only_its_owner_reads_it(instance: Path, tmp_path: Path) -> None:
    source = instance / "kept.tar"
    assert source.stat().st_mode & 0o077 == 0
    linked, size = instance / "data/linked", source.stat().st_size
    linked.mkdir()
    shutil.copyfile(source, linked / "one")
    os.link(linked / "one", linked / "other")
    try:
        back_up(instance / "data", instance / "maps", tmp_path / "twice.tar")
    finally:
        shutil.rmtree(linked)
    assert 1.9 * size < (tmp_path / "twice.tar").stat().st_size < 2.1 * size
    restore(tmp_path / "twice.tar", tmp_path / "d", tmp_path / "m")
    for name in ("one", "other"):
        assert (tmp_path / "d/linked" / name).read_bytes() == source.read_bytes()


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(b"commune_code,")
    content[at] ^= 1
    path.write_bytes(content)


def _other_publication(path: Path) -> None:
    content = path.read_bytes()
    assert content.count(b'"publication": 4') == 1
    path.write_bytes(content.replace(b'"publication": 4', b'"publication": 2'))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20_000])


def _with(name: str, kind: bytes = tarfile.REGTYPE) -> Callable[[Path], None]:
    def add(path: Path) -> None:
        with tarfile.open(path, "a") as archive:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, "/etc/passwd", 1 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"x"))

    return add


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_flipped, "is damaged: [1-4] files differ, data/"),  # a file has up to four names
        (_other_publication, "is damaged: 1 files differ, backup.json first"),
        (_cut, "no whole backup"),
        (_with("data/../../evil"), "is no name of a backup"),
        (_with("/etc/evil"), "is no name of a backup"),
        (_with("data/link", tarfile.SYMTYPE), "data/link is no file"),
        (_with("data/hard", tarfile.LNKTYPE), "no whole backup"),
        (_with("data/more.csv"), "is damaged: 1 files differ, data/more.csv first"),
        (lambda path: path.write_bytes(b"no tar"), "no whole backup"),
    ],
    ids=["bit", "publication", "cut", "dots", "absolute", "symlink", "hard link", "one more", "no tar"],
)
def test_a_damaged_or_forged_backup_puts_nothing_in_place(
    instance: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    source = tmp_path / "kept.tar"
    shutil.copyfile(instance / "kept.tar", source)
    damage(source)
    with pytest.raises(RunError, match=said):
        restore(source, tmp_path / "d", tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.tar"]


def test_what_is_there_is_not_written_over(instance: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is something already"):
        restore(instance / "kept.tar", instance / "data", tmp_path / "maps")


def test_what_was_damaged_before_is_said_by_the_command(instance: Path, tmp_path: Path) -> None:
    folders = ["--data-dir", str(tmp_path / "data"), "--maps-dir", str(tmp_path / "maps")]
    restored = CliRunner().invoke(app, ["restore", str(instance / "kept.tar"), *folders])
    assert (restored.exit_code, "every byte verified" in restored.stdout) == (0, True)
    table = (tmp_path / "data/latest").resolve() / "commune_gaps.csv"
    table.write_text(table.read_text().replace("Commune 1", "Commune 2"))
    backed_up = CliRunner().invoke(app, ["backup", str(tmp_path / "again.tar"), *folders])
    assert (backed_up.exit_code, "tables/commune_gaps.csv" in backed_up.stdout) == (1, True)
    assert len(problems_of(tmp_path / "data", tmp_path / "maps")) == 1


def test_the_watch_warns_when_the_last_backup_is_old(instance: Path) -> None:
    made = datetime.fromisoformat(json.loads((instance / "data/backup.json").read_text())["at"])

    def found(days: float | None, data: Path = instance / "data") -> list[str]:
        state = health(data, instance / "maps", Alerts(backup_after_days=days), made + timedelta(days=3))
        return [one.sentence for one in state.conditions if one.name == "backup"]

    assert found(None) == found(4) == []
    assert found(2) == ["the last backup is 3 days old; 'commune-coverage backup FILE'"]
    assert "no backup was ever made" in found(4, instance / "in")[0]
    assert made <= datetime.now(UTC)
