"""Files for those who cite, report and contribute: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from commune_coverage import __version__

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")


def test_the_citation_is_of_this_version_and_licence() -> None:
    cited = yaml.safe_load((_ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert cited["version"] == __version__
    assert cited["license"] == "MIT"
    assert cited["authors"] == [{"name": "The commune-coverage authors"}]
    assert "Copyright (c) 2026 The commune-coverage authors" in (_ROOT / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("page", _PAGES)
def test_links_and_commands_of_a_page_lead_somewhere(page: str) -> None:
    text = (_ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links
    assert [link for link in links if not (_ROOT / link).exists()] == []
    targets = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets


def test_forms_ask_for_what_they_need() -> None:
    forms = [path for path in (_ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) == 3
    for path in forms:
        form = yaml.safe_load(path.read_text("utf-8"))
        assert form["name"]
        assert form["description"]
        asked = [field for field in form["body"] if field["type"] != "markdown"]
        assert len({field["id"] for field in asked}) == len(asked)
        assert any(field.get("validations", {}).get("required") for field in asked)
