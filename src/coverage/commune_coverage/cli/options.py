"""What the commands share: an example of each, and the options that several take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from commune_coverage.core.errors import CoverageError

EXAMPLES = {
    "init": "commune-coverage init KHM --out country.toml",
    "examples": "commune-coverage examples --out examples",
    "run": "commune-coverage run country.toml --data-dir data --maps-dir maps",
    "validate": "commune-coverage validate country.toml --data-dir data --maps-dir maps",
    "check": "commune-coverage check country.toml",
    "fetch": "commune-coverage fetch country.toml --only people",
    "recognise": "commune-coverage recognise register.xlsx --layer towers --country country.toml",
    "preview": "commune-coverage preview new_towers.xlsx --country country.toml --layer towers",
    "approve": 'commune-coverage approve towers --because "the operator handed in 2,000 new cells"',
    "publish": 'commune-coverage publish KHM-20260131-0123456789ab --because "the new threshold was announced"',
    "rollback": 'commune-coverage rollback --because "the operator withdrew its file"',
    "publications": "commune-coverage publications --maps-dir maps",
    "backup": "commune-coverage backup /mnt/elsewhere/coverage.tar",
    "restore": "commune-coverage restore /mnt/elsewhere/coverage.tar --data-dir data --maps-dir maps",
    "decisions": "commune-coverage decisions --data-dir data",
    "health": "commune-coverage health country.toml --as json",
    "briefs": "commune-coverage briefs --data-dir data --out briefs",
    "levels": "commune-coverage levels --technology 4g --as geotiff --out levels",
    "trend": "commune-coverage trend KHM --commune 010201",
    "why": "commune-coverage why 2026-01-31 2026-02-28",
    "replay": "commune-coverage replay KHM-20260131-0123456789ab",
    "plan": "commune-coverage plan country.toml --scenario base --scenario more-money",
    "verify": "commune-coverage verify --all --data-dir data --maps-dir maps",
    "postgis": "commune-coverage postgis data --dsn-file /etc/commune-coverage/dsn",
    "link": "commune-coverage link profiles.json --lapse-rate 45",
    "demo": "commune-coverage demo --out build/demo --scale default --seed 7",
    "synthesize": "commune-coverage synthesize country.toml --people-raster build/people_100m.tif",
}
DataDir = Annotated[Path, typer.Option(help="Where runs are kept.")]
MapsDir = Annotated[Path, typer.Option(help="Where maps are published.")]
By = Annotated[str, typer.Option(help="Your name; the account is recorded in any case.", show_default=False)]
CountryFile = Annotated[Path, typer.Argument(metavar="COUNTRY.toml", help="The country file.", show_default=False)]


def date_of(text: str | None) -> date | None:
    """A date as it is given to a command; None where none is."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CoverageError(f"--date '{text}' is not a date such as 2026-01-31") from error


@contextmanager
def stage_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage on stderr: call what is yielded with stage, done and total (0 when unknown)."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bars:

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield report
