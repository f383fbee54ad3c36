"""How many files each page of docs/howto has one write: a package's own declaration is not counted."""

from __future__ import annotations

import pytest

from tests.howto.guide import DECLARATION, FOLDER, files_of

# What adding one may cost at most; more means that the structure no longer fits.
MOST = {"add_a_layer.md": 3, "add_an_indicator.md": 3, "add_a_page.md": 4, "add_a_propagation_model.md": 1}


def test_every_page_has_its_limit() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == MOST.keys()


@pytest.mark.parametrize("page", MOST)
def test_a_page_has_one_write_no_more_than_its_limit(page: str) -> None:
    files = files_of(page).keys() - {DECLARATION}
    assert 1 <= len(files) <= MOST[page], sorted(files)
