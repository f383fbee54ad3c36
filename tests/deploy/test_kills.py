"""kill -9 of each program of an instance in the middle of a run: the maps stay whole, a later run is complete."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress

import psutil
import pytest

from tests.deploy.instance import Instance, until
from tests.faults.site import looked_at, shown_run

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("set-up")]

COMMAND_OF = {
    "the run": "flow_run_engine|flow-run execute|prefect.engine",
    "worker": "prefect worker start",
    "server": "prefect server start|uvicorn",
    "postgres": r"postgres -D",
    "nginx": "nginx: master",
}


@pytest.mark.parametrize("program", COMMAND_OF)
def test_a_program_killed_in_a_run(program: str, instance: Instance) -> None:
    until(instance.completed, "a run completed")
    until(lambda: found(instance, "the run"), "a run is at work")
    with looked_at(lambda: shown_run(instance.folder / "maps")):
        for process in found(instance, program):
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        done = until(lambda: _completed(instance), "the API answers again")
        until(lambda: (now := _completed(instance)) and now > done + 1, "later runs completed")
    until(lambda: program == "the run" or found(instance, program), f"{program} is back")
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
