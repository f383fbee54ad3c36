"""kill -9 of each program of an instance in the middle of a night: the maps stay whole, a later night is complete."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from tests.deploy.instance import Instance, until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("set-up")]

PAGES = ("index.html", "internet.html", "delivery.html", "payment.html", "changes.html")
COMMAND_OF = {
    "the night": "flow_run_engine|flow-run execute|prefect.engine",
    "worker": "prefect worker start",
    "server": "prefect server start|uvicorn",
    "postgres": r"postgres -D",
    "nginx": "nginx: master",
}


@pytest.mark.parametrize("program", COMMAND_OF)
def test_a_program_killed_in_a_night(program: str, instance: Instance) -> None:
    until(instance.completed, "a night completed")
    until(lambda: found(instance, "the night"), "a night is at work")
    with watched(instance):
        for process in found(instance, program):
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        done = until(lambda: _completed(instance), "the API answers again")
        until(lambda: (now := _completed(instance)) and now > done + 1, "later nights completed")
    until(lambda: program == "the night" or found(instance, program), f"{program} is back")
    checked = instance.script("check.sh")
    assert checked.returncode == 0, checked.stdout


def found(instance: Instance, program: str) -> list[psutil.Process]:
    """The program's processes in this instance."""
    processes = []
    for process in instance.family():
        with suppress(psutil.NoSuchProcess):
            if re.search(COMMAND_OF[program], " ".join(process.cmdline())):
                processes.append(process)
    return processes


def _completed(instance: Instance) -> int:
    with suppress(Exception):  # the server may be away
        return len(instance.completed())
    return 0


@contextmanager
def watched(instance: Instance) -> Iterator[None]:
    """A reader loops over the published pages: all there, and of one run, at every look."""
    stop, failures = threading.Event(), []

    def read() -> None:
        while not stop.is_set() and not failures:
            try:
                site = (instance.folder / "maps/latest").resolve()
                runs = {re.findall(r"KHM-\d{8}-[0-9a-f]{12}", (site / page).read_text("utf-8"))[0] for page in PAGES}
                assert len(runs) == 1
            except BaseException as error:  # noqa: BLE001 (told below)
                failures.append(error)
            stop.wait(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()
    assert failures == []
