"""What readers are led to: the pages of the update that is shown, and what open pages of earlier ones still load.

A publication has a folder of links: to each page of the update that is shown, and to one folder for each update whose
pages may be open, named after its run, from which these pages load everything. A page that was read before the switch
thus goes on with files of its own update.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_FOLDERS = ("served", "internal_served")


def write_served(folder: Path, pages: Path, earlier: Mapping[str, Path]) -> None:
    """Make the folder of links.

    Parameters
    ----------
    folder : Path
        Where they go; what is there is replaced.
    pages : Path
        The pages that are shown, with the folder of their files.
    earlier : mapping of str to Path
        Names of files' folders, and the pages that bring them. A folder that is not there is left out: an older
        version gave its files no folder of their own.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for entry in sorted(pages.iterdir()):
        _link(folder / entry.name, entry)
    for name, site in earlier.items():
        if (site / name).is_dir() and not (folder / name).is_symlink():
            _link(folder / name, site / name)


def forget_served(maps_dir: Path, number: int) -> None:
    """Remove the links of publications before ``number``, which nobody is led to any more."""
    for folder in _served_in((maps_dir / "publications").glob("[0-9]*")):
        if int(folder.parent.name) < number:
            shutil.rmtree(folder)


def forget_removed(maps_dir: Path) -> None:
    """Remove the links of what is shown that lead to updates which are not kept any more."""
    for folder in _served_in([maps_dir / "current"]):
        for link in folder.iterdir():
            if not link.exists():
                link.unlink()


def _served_in(publications: Iterable[Path]) -> Iterator[Path]:
    return (path for each in publications for name in _FOLDERS if (path := each / name).is_dir())


def _link(link: Path, target: Path) -> None:
    link.symlink_to(os.path.relpath(target, link.parent))
