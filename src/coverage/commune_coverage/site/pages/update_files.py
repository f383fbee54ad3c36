"""Where the files of a site's pages lie: in one folder named after its run, so that no page loads another run's.

A page is one file, which is read whole; all that it loads afterwards has the run in its address, whatever the pages'
own addresses lead to by then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

POINTER = "update.json"
"""The file beside the pages that says which update they are of; an open page asks for it now and then."""
_MAX_LENGTH = 80


def files_folder(run_id: str) -> str:
    """Name the folder that holds all that the pages of a run load.

    Parameters
    ----------
    run_id : str
        The run, or the plan.

    Returns
    -------
    str
        The same name where that is of Latin letters, digits, dots and dashes, as runs have; else these of it.
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", run_id)[:_MAX_LENGTH]


def write_pointer(site: Path, report: Mapping[str, Any]) -> None:
    """Write which update the pages are of.

    Parameters
    ----------
    site : Path
        The folder of the pages.
    report : mapping
        The run's report.json.
    """
    told = {"run": files_folder(report["run_id"]), "run_date": report["run_date"]}
    (site / POINTER).write_bytes((json.dumps(told) + "\n").encode("utf-8"))
