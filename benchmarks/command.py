"""The command: benchmarks by name, as lines to read, as JSON, or as the table of the documentation."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.clock import Result
from benchmarks.fixture import Fixture, make_fixture
from benchmarks.machine import describe_machine
from benchmarks.table import lines_of, write_section
from commune_coverage.core.errors import BenchError

NAMES = ("zonal", "cover", "signal", "travel", "reading", "tiles", "workers", "warm", "scale", "whole", "plan")


def run_benchmarks(
    names: list[str],
    country: str,
    rounds: int,
    copies: str,
    shares: str,
    folder: Path | None,
    on_done: Callable[[list[str]], None],
) -> dict[str, Any]:
    """Run the named benchmarks, all without a name, on one country; the record of all with the machine.

    ``on_done`` gets the lines of each as it ends. Raises BenchError for a name, a country or numbers that do not exist.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise BenchError(f"there is no benchmark '{unknown[0]}'; choose from {', '.join(NAMES)}")
    if rounds < 1:
        raise BenchError(f"--rounds {rounds} times nothing; give 1 or more")
    copied = tuple(int(number) for number in _numbers(copies, "--copies", 1))
    changed = tuple(_numbers(shares, "--shares", 0))
    with tempfile.TemporaryDirectory(dir=folder, prefix="bench-") as scratch:
        fixture = make_fixture(country, Path(scratch), rounds, copied, changed)
        found = [_done(name, fixture, on_done) for name in names or NAMES]
    return {"machine": describe_machine(), "country": country, "rounds": rounds, "benchmarks": found}


def _done(name: str, fixture: Fixture, on_done: Callable[[list[str]], None]) -> dict[str, Any]:
    benchmark: Callable[[Fixture], Result] = getattr(import_module(f"benchmarks.{name}"), name)
    record = benchmark(fixture).record()
    on_done(lines_of(record))
    return record


def _numbers(text: str, option: str, least: float) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise BenchError(f"{option} '{text}' is not a list of numbers such as 1,4,16") from error
    if min(found) < least:
        raise BenchError(f"{option} '{text}' holds a number below {least:g}; give {least:g} or more")
    return found


def bench(
    names: list[str],
    *,
    country: str,
    rounds: int,
    copies: str,
    shares: str,
    as_json: bool,
    table: Path | None,
    folder: Path | None,
    echo: Callable[[str], None],
) -> None:
    """What ``python -m benchmarks`` does: lines as they come or one JSON text, and the section of ``table``."""

    def show(lines: list[str]) -> None:
        if not as_json:
            echo("\n".join(lines))

    found = run_benchmarks(names, country, rounds, copies, shares, folder, show)
    if as_json:
        echo(json.dumps(found, indent=1, ensure_ascii=False))
    if table is not None:
        write_section(table, found)
