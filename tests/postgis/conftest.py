"""A PostgreSQL server with PostGIS of its own for these tests, or the reason why there is none here."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.country import Postgis
from commune_coverage.publish.postgis.write import in_a_loop_of_its_own
from tests import tiny
from tests.postgis.runs import altered

PASSWORD = "s3cret/wörd@:'\"%"  # noqa: S105 - of a server that lives as long as the tests
RUN_DATE = date(2026, 1, 31)


@dataclass(frozen=True)
class Server:
    """A running server; ``admin`` is its superuser, ``writer`` a login with no more rights than the docs give it."""

    port: int
    admin: str = "admin"
    writer: str = "writer"

    def dsn(self, user: str, database: str = "gis") -> str:
        return f"postgresql://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def ask(self, user: str, *statements: str, database: str = "gis") -> list[tuple[Any, ...]]:
        """The rows of the last statement, each statement in a transaction of its own."""
        return in_a_loop_of_its_own(self._ask(user, statements, database))

    async def _ask(self, user: str, statements: tuple[str, ...], database: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.dsn(user, database))
        try:
            rows: list[asyncpg.Record] = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return [tuple(row) for row in rows]
        finally:
            await connection.close()


def _programs() -> Path | None:
    """The folder of initdb and postgres."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").is_file()), None)


def _as_user(folder: Path) -> list[str]:
    """What goes before a command, as the server refuses to be root; the folder becomes that user's."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            server.ask("admin", "SELECT 1", database="postgres")
        except (OSError, asyncpg.PostgresError):
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server took more than 30 s to start")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server on a loopback port, with passwords, an extension and a login for the writer; skips without PostGIS."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here (initdb); Debian: apt-get install postgresql-15-postgis-3")
    folder = Path(tempfile.mkdtemp(prefix="commune-coverage-postgres-"))
    prefix, server = _as_user(folder), Server(_free_port())
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / "password").chmod(0o644)
    subprocess.run(
        [
            *prefix,
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "admin",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--pwfile={folder / 'password'}",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *prefix,
                programs / "postgres",
                "-D",
                folder / "data",
                "-p",
                str(server.port),
                "-c",
                "fsync=off",
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(server, process)
        server.ask("admin", "CREATE DATABASE gis", database="postgres")
        if not server.ask("admin", "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'"):
            pytest.skip("the PostgreSQL server here lacks PostGIS; Debian: apt-get install postgresql-15-postgis-3")
        written = PASSWORD.replace("'", "''")
        server.ask(
            "admin",
            "CREATE EXTENSION postgis",
            "CREATE ROLE commune_coverage_reader NOLOGIN",
            f"CREATE ROLE writer LOGIN PASSWORD '{written}'",
            "GRANT CREATE ON DATABASE gis TO writer",
            f"CREATE ROLE officer LOGIN PASSWORD '{written}' IN ROLE commune_coverage_reader",
            f"CREATE ROLE stranger LOGIN PASSWORD '{written}'",
        )
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder)


OBLIGED = """
    [layers.institutions]
    path = "schools.csv"
    columns = { class = "kind" }
    [[obligations]]
    id = "all-4g"
    title = "4G for nearly everybody"
    technology = "4g"
    share = 0.95
    by = 2030-01-01
    source = "invented licence"
    [[benchmarks]]
    figure = "at_least_3g_share"
    value = 0.5
    tolerance = 1.0
    date = 2025-12-31
    source = "an invented yearbook"
    definition = "People within range of at least a 3G signal."
"""


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a published run of the tiny country, with hubs, payment points, schools and roads."""
    folder = tmp_path_factory.mktemp("published")
    country = tiny.write_with_roads(folder / "in")
    tiny.centres().round(7).assign(kind="school", id=range(9)).to_csv(country.with_name("schools.csv"), index=False)
    tiny.say(country, OBLIGED)
    run_pipeline(country, folder / "data", folder / "maps", RUN_DATE, "serial", lambda *_: None)
    return folder / "data"


@pytest.fixture
def first(published: Path, tmp_path: Path) -> Path:
    """A run folder that a test may spoil."""
    return altered(published / "latest", tmp_path / "first")


@pytest.fixture
def section(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgis]:
    """Where the writer writes; the schema is gone after the test."""
    (tmp_path / "dsn").write_text(server.dsn("writer") + "\n", encoding="utf-8")
    monkeypatch.delenv("COMMUNE_COVERAGE_POSTGIS", raising=False)
    yield Postgis(dsn_file=tmp_path / "dsn")
    server.ask("admin", "DROP SCHEMA IF EXISTS commune_coverage CASCADE")
