"""Lock files: one holder at a time, and none once the holder is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commune_coverage.core.locks import file_lock

HOLDER = """
import sys, time
from pathlib import Path
from commune_coverage.core.locks import file_lock
with file_lock(Path(sys.argv[1]), wait=False):
    print("locked", flush=True)
    time.sleep(60)
"""


def _holder(path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"locked\n"
    return process


def test_a_second_holder_is_refused_at_once(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock", wait=False):  # noqa: SIM117 (two holders, one within the other)
        with pytest.raises(BlockingIOError, match="'lock' is locked"), file_lock(tmp_path / "lock", wait=False):
            pass
    with file_lock(tmp_path / "lock", wait=False):
        pass


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    with _holder(tmp_path / "lock") as process:
        with pytest.raises(BlockingIOError), file_lock(tmp_path / "lock", wait=False):
            pass
        process.kill()
        process.wait()
    with file_lock(tmp_path / "lock", wait=False):
        pass


def test_who_waits_gets_the_lock_of_a_killed_holder(tmp_path: Path) -> None:
    with _holder(tmp_path / "lock") as process:
        process.kill()
        with file_lock(tmp_path / "lock", wait=True):
            pass


def test_a_forked_child_does_not_hold_its_parents_lock(tmp_path: Path) -> None:
    with file_lock(tmp_path / "lock", wait=False):
        end, other = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(end, 1)
            os._exit(0)
    with file_lock(tmp_path / "lock", wait=False):
        os.write(other, b".")
        os.waitpid(child, 0)


def test_a_file_that_cannot_be_made_is_not_a_locked_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError), file_lock(tmp_path / "file" / "lock", wait=False):
        pass
