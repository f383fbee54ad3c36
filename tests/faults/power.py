"""A disk that loses what was not synced: what a power failure may leave of two folders, at any step of a process."""

from __future__ import annotations

import os
import random
import resource
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TORN = b"\0torn"
"""What stands for the content of a file that the disk need not hold: nothing, a part, or another's."""
Image = dict[str, bytes]
"""Content of files, and ``-> target`` of links, by path."""
Names = dict[str, tuple[int, str]]
Choice = Callable[[Names, Names], Names]
_ONE_AT_A_TIME = threading.RLock()
_STEPS = ("fsync", "rename", "replace", "symlink", "link", "unlink", "mkdir", "rmdir")


@dataclass
class Disk:
    """What is safe of the files under ``root``: contents and names of folders as they were synced last."""

    root: Path
    contents: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, Names] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)

    def hold_everything(self) -> None:
        """Take all that is there for safe."""
        for folder, _, files in os.walk(self.root):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                if not path.is_symlink():
                    descriptor = os.open(path, os.O_RDONLY)
                    self.synced(descriptor)
                    os.close(descriptor)

    def synced(self, descriptor: int) -> None:
        """Hold a file's content, or the names in a folder; its number is not given to another file from now on."""
        facts = os.fstat(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            self.names[facts.st_ino] = _names_in(Path(f"/proc/self/fd/{descriptor}").readlink())
        else:
            self.contents[facts.st_ino] = _content_of(Path(f"/proc/self/fd/{descriptor}").readlink())
        self.held.append(os.dup(descriptor))

    def image(self, choice: Choice) -> Image:
        """One of the states that a failure may leave, by how names that were not synced are chosen."""
        now: dict[int, Names] = {}
        live: dict[int, bytes] = {}
        for folder, _, files in os.walk(self.root):
            now[Path(folder).stat().st_ino] = _names_in(Path(folder))
            live |= {path.lstat().st_ino: path for name in files if not (path := Path(folder, name)).is_symlink()}
        image: Image = {}
        self._walk(self.root.stat().st_ino, "", choice, now, live, image)
        return image

    def _walk(self, inode: int, path: str, choice: Choice, now: Any, live: Any, image: Image) -> None:
        for name, (inner, target) in choice(self.names.get(inode, {}), now.get(inode, {})).items():
            where = f"{path}/{name}".lstrip("/")
            if target:
                image[where] = f"-> {target}".encode()
            elif inner in self.names or inner in now:
                self._walk(inner, where, choice, now, live, image)
            else:
                safe = self.contents.get(inner, TORN)
                is_as_synced = inner not in live or _content_of(live[inner]) == safe
                image[where] = safe if is_as_synced else TORN


def only_synced(safe: Names, _now: Names) -> Names:
    """No name that was not synced is there."""
    return safe


def every_name(_safe: Names, now: Names) -> Names:
    """All names are there, and of contents only those that were synced: as file systems often order it."""
    return now


def some_names(seed: int) -> Choice:
    """Each change of a name is there or not, by chance."""
    chance = random.Random(seed)  # noqa: S311

    def choose(safe: Names, now: Names) -> Names:
        either = {name: chance.choice((safe, now)).get(name) for name in sorted(safe.keys() | now.keys())}
        return {name: entry for name, entry in either.items() if entry is not None}

    return choose


def _names_in(folder: Path) -> Names:
    entries = ((each.name, each.inode(), each.path, each.is_symlink()) for each in os.scandir(folder))
    return {name: (inode, str(Path(path).readlink()) if is_link else "") for name, inode, path, is_link in entries}


def _content_of(path: Path) -> bytes:
    facts = path.stat()
    return _content(path, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@cache
def _content(path: Path, _file: int, _size: int, _changed: int) -> bytes:
    return path.read_bytes()


@contextmanager
def watched(disk: Disk, at_step: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Call ``at_step`` with what is done before whatever this process does to names, and before it syncs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    with monkeypatch.context() as patched:
        for name in _STEPS:
            patched.setattr(os, name, _before(name, at_step, disk if name == "fsync" else None))
        yield
    for descriptor in disk.held:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _before(name: str, at_step: Callable[[str], None], disk: Disk | None) -> Any:
    original = getattr(os, name)

    def step(*arguments: Any, **named: Any) -> Any:
        with _ONE_AT_A_TIME:
            at_step(name)
            done = original(*arguments, **named)
            if disk is not None:
                disk.synced(arguments[0])
            return done

    return step


def materialise(image: Image, folder: Path) -> None:
    """Write what a failure has left; torn files are empty."""
    for path, content in image.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith(b"-> "):
            target.symlink_to(content[3:].decode())
        else:
            target.write_bytes(b"" if content == TORN else content)
