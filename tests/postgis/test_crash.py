"""Writers that are killed, that come together, and readers meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import asyncpg
import pytest

from commune_coverage.publish.postgis.write import write_postgis
from tests.postgis.runs import altered

pytestmark = pytest.mark.xdist_group("postgis")

NEXT = {"run_id": "KHM-20260201-second", "run_date": "2026-02-01"}
WRITE = (
    "import sys; from pathlib import Path; from commune_coverage.publish.postgis.write import write_postgis; "
    "from commune_coverage.config.country import Postgis; "
    "write_postgis(Path(sys.argv[1]), Postgis(dsn_file=Path(sys.argv[2])))"
)


def _writer(folder, section):
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", WRITE, str(folder), str(section.dsn_file)], env=path)


@contextmanager
def _holding(server, statement):
    """A transaction of another session that has done the statement and does not end before the block."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(server.dsn("admin")))
        transaction = connection.transaction()
        runner.run(transaction.start())
        runner.run(connection.execute(statement))
        yield
        runner.run(transaction.rollback())
        runner.run(connection.close())


def _wait_until(server, writers, kind):
    """Until so many writers wait for a lock of that kind."""
    waiting = "SELECT FROM pg_stat_activity WHERE usename = 'writer' AND wait_event_type = 'Lock' AND wait_event = "
    for _ in range(600):
        if len(server.ask("admin", f"{waiting}'{kind}'")) == writers:
            return
        time.sleep(0.1)
    pytest.fail(f"no {writers} writer(s) came to wait for a lock within a minute")


def _runs(server):
    return {
        name: server.ask("officer", f"SELECT run_date, count(*) FROM commune_coverage.{name} GROUP BY 1 ORDER BY 1")
        for name in ("commune_gaps_now", "commune_gaps_history", "national_figures_now", "runs_now")
    }


def test_killed_between_leaves_what_was_there(server, section, first, tmp_path):
    write_postgis(first, section)
    before = _runs(server)
    second = altered(first, tmp_path / "second", **NEXT)
    # The last table is held, so that the writer stops when all the others are written.
    with _holding(server, "LOCK TABLE commune_coverage.national_figures IN SHARE MODE"):
        writer = _writer(second, section)
        _wait_until(server, 1, "relation")
        assert _runs(server) == before
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(30) == -signal.SIGKILL
    assert _runs(server) == before
    write_postgis(second, section)
    assert _runs(server)["commune_gaps_now"] != before["commune_gaps_now"]


def test_two_writers_wait_for_each_other_and_both_end(server, section, first, tmp_path):
    folders = [altered(first, tmp_path / str(day), run_id=f"KHM-{day}", run_date=f"2026-02-0{day}") for day in (1, 2)]
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('commune-coverage commune_coverage', 0))"
    with _holding(server, lock):
        writers = [_writer(folder, section) for folder in folders]
        _wait_until(server, 2, "advisory")
        assert server.ask("admin", "SELECT FROM pg_namespace WHERE nspname = 'commune_coverage'") == []
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = _runs(server)
    assert [count for _, count in found["commune_gaps_history"]] == [9, 9]
    assert [count for _, count in found["runs_now"]] == [1]
    assert len({found[name][0][0] for name in ("commune_gaps_now", "national_figures_now", "runs_now")}) == 1


def test_a_reader_in_the_middle_of_a_transaction_delays_nobody(server, section, first):
    write_postgis(first, section)
    with _holding(server, "SELECT * FROM commune_coverage.commune_gaps_now"):
        write_postgis(first, section)
