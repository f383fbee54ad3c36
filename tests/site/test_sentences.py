"""Sentences of a run in Khmer: what is matched, what is kept, and that code still says what the catalogue waits for."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import commune_coverage
from commune_coverage.config.thresholds import Plausibility
from commune_coverage.config.travel import Travel
from commune_coverage.quality.select_versions import national_failure, plausibility_failure
from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from commune_coverage.site.i18n.messages import load_words
from commune_coverage.site.i18n.sentences import said_in, sentences_in
from commune_coverage.travel.access.service import service_of, service_sentences

PACKAGE = Path(commune_coverage.__file__).parent
KHMER = sentences_in("km")
TEXTS = load_words(["km"]).texts["km"]
WORD = re.compile(r"[A-Za-z_]\w*(?:'\w+)?")


def said(sentence: str) -> str | None:
    text = said_in("km", TEXTS, sentence)
    return None if text is None else text.replace(WORD_JOINER, "")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_sentence_is_said_with_all_that_fills_it() -> None:
    assert {key for key, text in KHMER.items() if places(key) != places(text)} == set()
    assert {kind for key in KHMER for _, _, kind, _ in Formatter().parse(key)} <= {
        None, "", "number", "day", "said", "layer", "theme", "kind",
    }  # fmt: skip


def test_every_sentence_of_the_catalogue_is_one_that_code_says() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".toml") and "i18n" not in path.parts]
    words = [set(WORD.findall(path.read_text(encoding="utf-8"))) for path in files]
    wanted = {key: {word for literal, *_ in Formatter().parse(key) for word in WORD.findall(literal)} for key in KHMER}
    assert [key for key, own in wanted.items() if not any(own <= there for there in words)] == []


@pytest.mark.parametrize(
    ("sentence", "khmer"),
    [
        ("wet season", "រដូវវស្សា"),
        ("speeds 25% off", "ល្បឿនអាចលម្អៀង ±25\u00a0%"),
        ("1,784 (1,625 to 1,803) masts", "បង្គោលអង់តែន 1,784 (1,625 ដល់ 1,803)"),
        ("2 operators, newest of 2026-01-15", "ប្រតិបត្តិករចំនួន 2, ថ្មីបំផុតថ្ងៃទី15 ខែមករា ឆ្នាំ2026"),
        ("2 of 7 rows of subscriptions", "2 ក្នុងចំណោម 7 ជួរ នៃអ្នកប្រើប្រាស់អ៊ីនធឺណិតចល័ត"),
        ("towers, people", "ស្ថានីយអង់តែនទូរសព្ទចល័ត, ប្រជាជន"),
        ("internet (One <b>), delivery", "អ៊ីនធឺណិត (សម្រេចដោយ One <b>), ការដឹកជញ្ជូន"),
        (
            "internet_gap_share is 5.0% where it was 73.0%, 71.5% with nothing new but the approved towers, people",
            "គម្លាតអ៊ីនធឺណិតល្បឿនលឿន៖ 5.0\u00a0% (មុន 73.0\u00a0%, 71.5\u00a0% បើប្តូរតែ ស្ថានីយអង់តែនទូរសព្ទចល័ត, ប្រជាជន ដែលបានអនុម័ត)",
        ),
        ("motorbike 60%, car 10%; others walk", "ម៉ូតូ 60\u00a0%, រថយន្ត 10\u00a0%; អ្នកផ្សេងទៀតដើរ"),
        ("3GPP TR 36.942; assumption", "3GPP TR 36.942; ការសន្មត"),
        ("tr36942_urban, then hata_urban, then free_space", "tr36942_urban រួច hata_urban រួច free_space"),
        ("64, seed 1; 60 of equal weight tell as much", "64, គ្រាប់លេខចៃដន្យ 1; ស្មើនឹងគំរូដែលមានទម្ងន់ស្មើគ្នា 60"),
        (
            "40.0% by a ministry: contradicts 90% by another",
            "40.0\u00a0% ដោយ a ministry៖ ផ្ទុយនឹង 90\u00a0% ដោយ another",
        ),
        ("50 of 2,250 figures of communes", "50 ក្នុងចំណោមតួលេខឃុំ/សង្កាត់ 2,250"),
        ("0.5", "0.5"),
        (
            "speed by test: the disc is nearer (RMS 11.0 against 3.9 dB)",
            "ល្បឿន តាមការវាស់ស្ទង់៖ រង្វង់ជិតជាង (RMS 11.0 ធៀបនឹង 3.9\u00a0dB)",
        ),
        (
            "One 4G: +1.2 dB (0.3 dB to ?), 80.0% for 81.0%",
            "One 4G៖ +1.2\u00a0dB (0.3\u00a0dB ដល់ ?), 80.0\u00a0% សម្រាប់ 81.0\u00a0%",
        ),
        ("level stated, One 4G", "កម្រិតដែលបានកំណត់, One 4G"),
        (
            "land covered: any operator, 4g, outdoor, modelled",
            "ផ្ទៃដីដែលបានគ្របដណ្តប់៖ ប្រតិបត្តិករណាមួយ, 4g, ក្រៅអគារ, តាមគំរូ",
        ),
        (
            "roads (primary) covered: One, 4g, 10 Mbps, in_vehicle, declared",
            "ផ្លូវ (ផ្លូវចម្បង)ដែលបានគ្របដណ្តប់៖ One, 4g, 10\u00a0Mbps, ក្នុងយានយន្ត, តាមការប្រកាស",
        ),
    ],
)  # fmt: skip
def test_a_sentence_is_said_in_khmer(sentence: str, khmer: str) -> None:
    assert said(sentence) == khmer


@pytest.mark.parametrize(
    "sentence",
    [
        "a sentence that nobody says",
        "2 of 7 rows of a layer that is none",
        "2 operators, newest of 2026-02-30",
        "speeds much off",
        "propagation, moon",
        "Tobler 1993",
        "towers, a name",
    ],
)
def test_what_the_catalogue_does_not_know_is_not_said(sentence: str) -> None:
    assert said(sentence) is None


@given(st.text())
def test_any_text_is_said_or_not_and_breaks_nothing(text: str) -> None:
    assert said(text) is None or isinstance(said(text), str)
    assert "<i>" not in load_words(["km", "en"]).told(f"speeds 25% off; <i>{text}")


def test_numbers_have_the_digits_of_the_language_and_names_do_not() -> None:
    texts = TEXTS | {"digits": "០១២៣៤៥៦៧៨៩"}
    assert said_in("km", texts, "4G where no register states it") == "4G ពេលបញ្ជីស្ថានីយមិនបានបញ្ជាក់"
    assert said_in("km", texts, "8 km/h after 15 min") == "៨\u00a0គ.ម/ម៉ោង បន្ទាប់ពីរង់ចាំ ១៥\u00a0នាទី"
    assert said_in("km", texts, "0.5") == "០.៥"


def test_why_a_version_is_held_is_said_in_khmer() -> None:
    measure = {"rows": 10.0, "people": 5.0, "area_km2": 2.0, "communes": 1.0}
    last = dict.fromkeys(measure, 1000.0)
    assert "the last" not in (said(plausibility_failure(measure, last, Plausibility())) or "the last")
    gaps = ("internet_gap_share", "delivery_gap_share", "payment_gap_share")
    failure = national_failure(dict.fromkeys(gaps, 0.9), dict.fromkeys(gaps, 0.1), Plausibility())
    assert failure.count("; ") == 2
    assert not WORD.search(said(failure) or failure)


def test_what_is_assumed_of_service_is_said_in_khmer() -> None:
    settings = Travel(inactive_after_days=300, open_at="Mo 09:00", open_hours_per_week_at_least=20.0)
    table = {"status": ["inactive", ""], "last_seen": ["", "2026-01-01"], "opening": ["24/7", ""]}
    points = pd.DataFrame(table)
    lines = service_sentences(points, service_of(points, settings), settings)
    assert len(lines) == 6
    for assumed, value in lines:
        assert said(f"hubs: {assumed}"), assumed
        assert said(value), value


def test_cases_of_a_plan_are_said_in_khmer() -> None:
    for case in ("as planned", "sites 20% dearer", "hubs and agents 20% cheaper", "models at their low bound"):
        assert said(case), case
