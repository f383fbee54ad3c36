"""One bit flips in a file that a run has left: the next update is as it would have been, or says what is damaged."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from commune_coverage.archive.records import DamagedHistoryWarning
from tests import tiny
from tests.faults.bits import Outcome, copied, flip, outcome, update, what_is_left

FIRST, NEXT = date(2026, 3, 1), date(2026, 3, 2)
NEXT_OF_INVENTED = date(2026, 2, 1)
OF_INVENTED = 200
# They compare with the run before, of which they say that it cannot be read, or list the tables that do.
COMPARES = (
    "tables/changes.json", "tables/changes.csv", "tables/checks.json", "tables/changes.csvt", "tables/datapackage.json",
    "tables/dcat.jsonld", "tables/stac/item.json",
)  # fmt: skip
DAMAGE = re.compile(
    "damaged|digest|not as the run left it|cannot be read|is not stored any more|not a list of versions"
)
KINDS = (
    "data/history/KHM/runs/*.json",
    "data/inputs/KHM/objects/*/villages.csv",
    "data/runs/*/stages/communes.parquet",
    "data/cache/KHM/radio-*/files.json",
    "maps/runs/*/internet.html",
)


class Left(NamedTuple):
    """What a run has left, and the update after it where nothing is damaged."""

    country: Path
    folder: Path
    undisturbed: Outcome


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("left")
    country = tiny.write_with_roads(folder / "in")
    update(country, folder, FIRST)
    undisturbed = outcome(country, copied(folder, folder / "undisturbed"), NEXT)
    assert undisturbed.error == ""
    assert not [words for words in undisturbed.said if DAMAGE.search(words)]
    return Left(country, folder, undisturbed)


def _spoil(left: Left, path: Path, seed: int, folder: Path, day: date = NEXT) -> Outcome:
    spoilt = copied(left.folder, folder)
    flip(spoilt / path, random.Random(seed))  # noqa: S311
    found = outcome(left.country, spoilt, day)
    shutil.rmtree(spoilt)
    return found


def _wrong(found: Outcome, undisturbed: Outcome) -> str:
    """What of an update is neither as it would have been nor said to be damaged; '' where nothing is."""
    names = found.files.keys() | undisturbed.files.keys()
    differing = sorted(name for name in names if found.files.get(name) != undisturbed.files.get(name))
    is_said = any(DAMAGE.search(words) for words in found.said)
    if found.error:
        return "" if is_said else f"an error that does not say what is damaged: {found.error}"
    tables = [name for name in differing if name.startswith("tables/") and name not in COMPARES]
    if tables:
        return f"other tables: {tables[:5]}"
    return f"other files, and nothing is said: {differing[:5]}" if differing and not is_said else ""


def _wrong_in(left: Left, paths: Iterable[Path], seed: int, folder: Path, day: date) -> list[str]:
    """One update after the other, each with one file spoilt."""
    found = []
    for number, path in enumerate(paths):
        try:
            wrong = _wrong(_spoil(left, path, seed + number, folder / f"s{number}", day), left.undisturbed)
        except Exception as error:  # noqa: BLE001 - each is told, and the next file is tried
            wrong = repr(error)
        found += [f"{path}, seed {seed + number}: {wrong}"] if wrong else []
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_in_a_file_of_each_kind(kind: str, left: Left, tmp_path: Path) -> None:
    path = sorted(left.folder.glob(kind))[0].relative_to(left.folder)
    assert _wrong(_spoil(left, path, 1, tmp_path / "s"), left.undisturbed) == ""


def test_a_figure_of_an_earlier_update_that_changed_is_left_out_and_named(left: Left, tmp_path: Path) -> None:
    """The table can be read as before: it has another figure."""
    spoilt = copied(left.folder, tmp_path / "s")
    (path,) = (spoilt / "data/history/KHM/national").glob("*/*.parquet")
    table = pd.read_parquet(path)
    table.assign(internet_gap_people=table["internet_gap_people"] + 1).to_parquet(path)
    named = rf"'national/.*/{path.name}' of the history is damaged and left out"
    with pytest.warns(DamagedHistoryWarning, match=named):
        update(left.country, spoilt, NEXT)


def test_the_run_that_is_shown_is_compared_with_as_it_was_left_alone(left: Left, tmp_path: Path) -> None:
    """Else another figure in its report would let a jump pass, or hold an update that is right."""
    spoilt = copied(left.folder, tmp_path / "s")
    report = spoilt / "data/latest/report.json"
    content = json.loads(report.read_text())
    content["national"]["internet_gap_share"] /= 2
    report.write_text(json.dumps(content))
    found = outcome(left.country, spoilt, NEXT)
    assert "1 file is not as the run left it (report.json)" in " ".join(found.said)
    assert _wrong(found, left.undisturbed) == ""


@pytest.mark.long
@pytest.mark.parametrize("seed", [1000, 2000])
def test_a_bit_in_each_file(seed: int, left: Left, tmp_path: Path) -> None:
    assert _wrong_in(left, what_is_left(left.folder), seed, tmp_path, NEXT) == []


@pytest.mark.long
def test_a_bit_in_files_of_the_invented_country(invented_country: Path, tmp_path: Path) -> None:
    country = invented_country / "raw/country.toml"
    undisturbed = outcome(country, copied(invented_country, tmp_path / "undisturbed"), NEXT_OF_INVENTED)
    assert undisturbed.error == ""
    left = Left(country, invented_country, undisturbed)
    chance = random.Random(11)  # noqa: S311
    paths = chance.sample(what_is_left(invented_country), OF_INVENTED)
    assert _wrong_in(left, paths, 0, tmp_path, NEXT_OF_INVENTED) == []
