"""The pages' scripts: their own tests, in Node, and what ESLint refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from commune_coverage.site.i18n.numbers import SHARE_UNIT, count_text, people_text, share_text

ROOT = Path(__file__).parents[2]
SUITES = sorted((ROOT / "tests" / "site" / "js").glob("*.test.js"))
ESLINT = ROOT / "node_modules" / "eslint" / "bin" / "eslint.js"
COUNTS = [0, 1, 9, 94, 95, 999, 1000, 1004, 1005, 9995, 38_214, 99_950, 1_234_567, 17_300_000]
PARTS = [
    0,
    1,
    9,
    10,
    15,
    94,
    95,
    999,
    1000,
    1004,
    1005,
    4213,
    5000,
    9849,
    9850,
    9900,
    9901,
    9905,
    9990,
    9991,
    9999,
    10_000,
]

node = shutil.which("node")
pytestmark = pytest.mark.skipif(node is None, reason="the scripts' tests need Node")


def _numbers(folder: Path) -> Path:
    """Numbers with the text that briefs and tables have for them."""
    said = {
        "people": [(count, people_text(count)) for count in COUNTS],
        "count": [(count, count_text(count)) for count in COUNTS],
        "share": [(parts, share_text(parts / SHARE_UNIT)) for parts in PARTS],
    }
    path = folder / "numbers.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name.removesuffix(".test.js"))
def test_the_scripts_tests_pass(suite: Path, tmp_path: Path) -> None:
    environment = os.environ | {"NUMBERS": str(_numbers(tmp_path))}
    run = subprocess.run([str(node), "--test", suite], check=False, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "skipped 0" in run.stdout


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("coverage.page.innerHTML = name;", "no-restricted-properties"),
        ("document.write(name);", "no-restricted-properties"),
        ("const unused = 1;", "no-unused-vars"),
        ("if (coverage.page == 1) coverage.save();", "eqeqeq"),
        ("absent();", "no-undef"),
    ],
)
def test_planted_faults_are_refused(line: str, rule: str) -> None:
    script = f'(function () {{\n  "use strict";\n  const name = "";\n  coverage.save(name);\n  {line}\n}})();\n'
    name = "src/coverage/commune_coverage/site/static/js/planted.js"
    command = [str(node), str(ESLINT), "--max-warnings", "0", "--stdin", "--stdin-filename", name]
    run = subprocess.run(command, check=False, input=script, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1
    assert rule in run.stdout
