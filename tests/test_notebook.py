"""docs/first_steps.ipynb, executed: it ends, and prints what stands in it."""

from __future__ import annotations

from pathlib import Path

import nbformat

from tools.notebook import NOTEBOOK, executed, printed


def test_the_notebook_prints_what_stands_in_it(tmp_path: Path) -> None:
    before = printed(nbformat.read(NOTEBOOK, as_version=4))
    assert printed(executed(NOTEBOOK, tmp_path)) == before
    assert any("INVENTED COUNTRY" in text for text in before)
