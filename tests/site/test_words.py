"""The words: every text in both languages, nothing unused, and data always escaped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import commune_coverage.site
from commune_coverage.indicators import evidence
from commune_coverage.indicators.evidence import TowerEvidence, internet_evidence, travel_evidence
from commune_coverage.pipeline.stages.indicators import stage as gaps
from commune_coverage.site.i18n import messages as words
from commune_coverage.site.i18n.line_breaks import kept_together
from commune_coverage.site.i18n.messages import catalogue, load_words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.i18n.sentences import sentences_in

FOLDER = Path(commune_coverage.site.__file__).parent
ROOT = Path(__file__).resolve().parents[2]
DECLARED = {code: catalogue(code) for code in ("en", "km")}
# Keys that code puts together from a name that the tables or the report give.
COMPOSED = re.compile(
    r"(layer|check|cause|changes|figure|evidence|evidence_about|theme|column|legend|bar|source|internet|delivery|payment|"
    r"level|points|range|section|export|footprint|compare|value|picture|report|plan_kind|kind|scale|validation|obligation|official|benchmark|verification)_"
)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_every_english_text_has_a_khmer_one_with_the_same_placeholders() -> None:
    english, khmer = DECLARED["en"], DECLARED["km"]
    assert not set(english) - set(khmer)
    assert {key for key in english if placeholders(english[key]) != placeholders(khmer[key])} == set()


@pytest.mark.parametrize("access", ["neither", "bounds"])
@pytest.mark.parametrize("language", ["en", "km"])
def test_where_fixed_lines_count_no_text_speaks_of_mobile_alone(language: str, access: str) -> None:
    prefix, declared = f"internet_{access}_", DECLARED[language]
    variants = {key.removeprefix(prefix): text for key, text in declared.items() if key.startswith(prefix)}
    assert len(variants) == 10
    said = load_words([language]).of_access(access).texts[language]
    for key, text in variants.items():
        assert placeholders(text) == placeholders(declared[key])
        assert said[key] == kept_together(text, declared) != kept_together(declared[key], declared)
    assert load_words([language]).of_access("mobile").texts == load_words([language]).texts


def test_khmer_texts_are_khmer() -> None:
    has_khmer = re.compile(r"[\u1780-\u17ff]")
    without = {key for key, text in DECLARED["km"].items() if not has_khmer.search(text)}
    assert without == {
        "html_language",
        "list_comma",
        "digits",
        "compare_layer",
        "obligation_count",
        "obligation_figure",
    }


def test_no_text_is_declared_in_vain() -> None:
    sources = [*FOLDER.parent.rglob("*.py"), *FOLDER.glob("static/js/*.js"), *FOLDER.glob("templates/*.j2")]
    used = {word for path in sources for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert [key for key in DECLARED["en"] if key not in used and not COMPOSED.match(key)] == []


def test_a_language_without_texts_speaks_english_but_keeps_its_names() -> None:
    words = load_words(["fr", "en"])
    assert words.text_of("tab_delivery") == "Delivery"
    assert words.text_of("html_language") == "en"
    assert words.text_of("language_name") == "FR"
    assert words.name({"en": "Country", "fr": "Pays"}) == "Pays"
    assert words.name({"en": "Country"}) == "Country"


def test_values_and_names_are_escaped() -> None:
    words = load_words(["km", "en"])
    hostile = """<img src=x onerror=alert(1)>"'"""
    for element in (words.say("run", run=hostile), words.call({"km": hostile}), words.told(hostile)):
        assert "<img" not in element
        assert """x"'""" not in element


def test_a_list_is_said_in_the_language() -> None:
    saying = Saying("banner_synthetic", {"layers": ["layer_towers", "layer_roads"]})
    assert "mobile towers, roads" in load_words(["en"]).text(saying)
    assert "ស្ថានីយអង់តែនទូរសព្ទចល័ត, ផ្លូវ" in load_words(["km"]).text(saying)


@pytest.mark.parametrize("layer", [name for name in gaps.INGESTS if name not in ("communes", "challenges")])
def test_reasons_for_missing_figures_are_said_in_khmer(layer: str) -> None:
    assert load_words(["km"]).has(f"the country file names no {layer} layer")


def test_reasons_of_uncertainty_are_said_in_khmer() -> None:
    assert set(evidence.WORDS.values()) - set(DECLARED["km"]) == set()


def test_dates_and_digits_are_those_of_the_language() -> None:
    said = Saying("run_date", {"run_date": "2026-11-22"})
    assert load_words(["en"]).text(said) == "Updated 22 November 2026"
    words = load_words(["km"])
    assert "ថ្ងៃទី22 ខែវិច្ឆិកា ឆ្នាំ2026" in words.text(said)
    words.texts["km"]["digits"] = "០១២៣៤៥៦៧៨៩"
    assert "ថ្ងៃទី២២ ខែវិច្ឆិកា ឆ្នាំ២០២៦" in words.text(said)


def test_reasons_for_weak_evidence_are_said_in_khmer() -> None:
    people, none, old = np.array([10.0, 10.0, 0.0]), np.zeros(3), np.array([0.0, 500.0, 0.0])
    covered = np.array([0.0, 1.0, 0.0])
    towers = TowerEvidence(is_complete=False, is_synthetic=False, observed_samples=100, data_poor_samples=10)
    notes = {*internet_evidence(people, none, covered, towers, old)[1], *travel_evidence(people, {})[1]} - {""}
    assert {note for note in notes if note not in DECLARED["km"]} == set()
    assert len(notes) == 3


def test_reasons_for_weak_minutes_are_said_in_khmer() -> None:
    assert set(evidence.TRAVEL_REASONS.values()) - set(DECLARED["km"]) == set()


def test_a_third_language_is_a_third_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for source in (FOLDER / "i18n" / "words").glob("*.toml"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "fr.toml").write_text('html_language = "fr"\ntab_delivery = "Livraison"\n', encoding="utf-8")
    monkeypatch.setattr(words, "_folder", lambda: tmp_path)
    assert words.catalogues() == ("en", "fr", "km")
    french = load_words(["fr", "en"])
    assert (french.text_of("tab_delivery"), french.text_of("tab_payment")) == ("Livraison", "Payments")


def test_the_page_for_native_readers_quotes_the_catalogues() -> None:
    sentences, quoted = sentences_in("km"), 0
    for line in (ROOT / "docs" / "khmer.md").read_text(encoding="utf-8").splitlines():
        key, *cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        key = key.strip("` ")
        if line.startswith("| `") and len(cells) > 2:
            known = [sentences[key]] if key in sentences else [DECLARED[code][key] for code in ("en", "km")]
            assert cells[: len(known)] == known, key
            quoted += 1
    assert quoted > 100
