"""What ``make lint`` holds, each with a planted violation that it must find."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.check_words import banned_words, undescribed_functions

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "line",
    ["far_field = 1", "# the fading of a link", '"""A night that failed."""', "MOST_CELLS = 3", "largest_bytes = 7"],
)
def test_a_banned_word_is_found_with_what_to_say_instead(tmp_path: Path, line: str) -> None:
    place = tmp_path / "src/coverage/commune_coverage/radio"
    place.mkdir(parents=True)
    (place / "planted.py").write_text(f"clean = 1\n{line}\n")
    (found,) = banned_words(tmp_path)
    assert found.startswith("src/coverage/commune_coverage/radio/planted.py:2: ")
    assert ": say " in found


def test_a_public_function_that_does_not_say_what_it_takes_and_gives_is_found(tmp_path: Path) -> None:
    (tmp_path / "radio").mkdir()
    body = "    power = 10 ** (loss / 10)\n    noise = 2.0\n    return power / noise\n"
    (tmp_path / "radio/planted.py").write_text(f'def ratio(loss: float) -> float:\n    """A ratio."""\n{body}')
    assert list(undescribed_functions(tmp_path)) == [
        "radio/planted.py:1: ratio lacks Parameters",
        "radio/planted.py:1: ratio lacks Returns",
    ]


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("radio/planted.py", "from commune_coverage.pipeline import dag", "Imports go down the layout only"),
        ("runs/planted.py", "import prefect", "Prefect is imported in the flows only"),
        ("travel/planted.py", "import pyogrio", "read and write nothing"),
        ("planning/planted.py", "import folium", "Folium is imported in the site only"),
    ],
)
def test_an_import_against_the_order_is_found(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for folder in ("src/coverage/commune_coverage", "pipelines", "benchmarks"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "assets", "static")
        )
    shutil.copyfile(ROOT / ".importlinter", tmp_path / ".importlinter")
    (tmp_path / "src/coverage/commune_coverage" / module).write_text(f"{line}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": f"{tmp_path}/src/coverage:{tmp_path}"},
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in done.stdout
