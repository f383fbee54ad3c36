"""Where lines may break: numbers beside their units, words whole, Khmer of the briefs parted between words."""

from __future__ import annotations

import re

import pytest

from commune_coverage.site.briefs.breaks import BREAK, breakable, with_breaks, words_of
from commune_coverage.site.i18n.line_breaks import NO_BREAK_SPACE, WORD_JOINER
from commune_coverage.site.i18n.messages import catalogue, load_words
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.i18n.sentences import said_in, sentences_in

KHMER_RUN = re.compile(r"[\u1780-\u17d3\u17d7\u17dd]+")
INVISIBLE = re.compile(r"[\u00a0\u00ad\u200b-\u200f\u2060\ufeff]")
# Spoken, mistaken or other words than Cambodian authorities use (docs/khmer.md has those that are used).
NOT_SAID = (
    "ទូរស័ព្ទ", "ប៉ាន់ស្មាន", "ម៉ូដែល", "ថ្លៃ", "វាស់វែង", "អីវ៉ាន់", "មិនដឹង", "គេដឹង", "ឥឡូវ", "អាក្រក់", "យប់", "ពិន្ទុភាគរយ",
    "សេវាសញ្ញា", "ចំណុះ", "ឯកសារប្រទេស", "ខេត្ត/រាជធានី", "ស្រុក/ខណ្ឌ/ក្រុង", "របស់វា", "ធ្វើតេស្ត", "ចំនួនមនុស្ស",
)  # fmt: skip


def test_the_catalogues_hold_nothing_invisible() -> None:
    for texts in (catalogue("km"), catalogue("en"), sentences_in("km")):
        assert [key for key, text in texts.items() if INVISIBLE.search(key + text)] == []


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_number_stays_beside_its_unit(language: str) -> None:
    texts = load_words([language]).texts[language]
    apart = re.compile(rf"}} (?:{texts['units']})|\d %")
    assert [key for key, text in texts.items() if apart.search(text)] == []
    assert f"{{minutes}}{NO_BREAK_SPACE}" in texts["row_within"]
    share = load_words([language]).text(Saying("obligation_covered_declared", {"share": "42 %"}))
    assert f"42{NO_BREAK_SPACE}%" in share


def test_sentences_of_a_run_keep_numbers_beside_their_units() -> None:
    texts = load_words(["km"]).texts["km"]
    said = said_in("km", texts, "900 (900 to 1800) MHz, 0.2 MHz wide, 57 dBm EIRP, 30 (20 to 45) m")
    assert said is not None
    assert not re.search(r"[\d)] (?:MHz|dBm|ម៉ែត្រ)", said)


def test_words_that_browsers_take_apart_are_joined() -> None:
    texts = load_words(["km"]).texts["km"]
    marked = texts["unbroken"].split("|")
    whole = [word.replace("·", "") for word in marked]
    joined = [word.replace("·", WORD_JOINER) for word in marked]
    shown = {key: text for key, text in texts.items() if key not in ("units", "unbroken")}
    assert {word for word in whole for text in shown.values() if word in text} == set()
    sentences = [said_in("km", texts, sentence) or "" for sentence in sentences_in("km")]
    assert [word for word in joined if not any(word in text for text in (*shown.values(), *sentences))] == []


def test_khmer_is_in_the_words_of_cambodian_authorities() -> None:
    texts = {**catalogue("km"), **sentences_in("km")}
    assert [(key, word) for key, text in texts.items() for word in NOT_SAID if word in text] == []
    assert [key for key, text in texts.items() if re.search("ភស្តុភារ(?!កម្ម)|(?<!ហ្វ្រ)េកង់", text)] == []


def test_texts_of_briefs_are_parted_between_words() -> None:
    words = breakable(load_words(["km", "en"]))
    shown = re.compile(
        r"brief_|banner_|watermark_|run_date$|run$|range_|class_(data|un)|ranking$|rounding|challenged$|not_computed|"
        r"column_(priority_rank|commune|people$)|about_data_poor|sources$|share_of_people|drawn_|scale_|months|"
        r"(internet|delivery|payment)_(title|gap_people)$|internet_(neither|bounds)_internet_(title|gap_people)$|layer_"
    )
    known = words_of("km")
    texts = {key: text for key, text in words.texts["km"].items() if shown.match(key)}
    assert len(texts) > 60
    unparted = {run for text in texts.values() for run in KHMER_RUN.findall(text) if run not in known}
    assert unparted == set()
    assert words.texts["en"] == load_words(["en", "km"]).texts["en"]


def test_what_the_list_does_not_make_up_stays_whole() -> None:
    assert with_breaks("ទៅមជ្ឈមណ្ឌលភស្តុភារកម្ម 2", "km") == f"ទៅ{BREAK}មជ្ឈមណ្ឌល{BREAK}ភស្តុភារកម្ម 2"
    assert with_breaks("ទៅព្នឹលាមោ", "km") == "ទៅព្នឹលាមោ"
    assert with_breaks("ទៅមជ្ឈមណ្ឌល", "en") == "ទៅមជ្ឈមណ្ឌល"
    assert with_breaks("", "km") == ""
