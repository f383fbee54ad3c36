"""What files call the declared columns: phrases in English and Khmer; one fits a name that holds all of its words.

Names in other languages are put into English first (``words.toml``). Khmer is written without blanks, so its words are
sought anywhere in a name. Only everyday words are listed; a register's own terms for bands, bandwidths and powers in
Khmer are not known for sure and are left out.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from commune_coverage.readers.columns.words import in_english, plain_words, split_camel_case

_KEPT = 20_000
"""Names of columns, and fits of names, that are kept at most."""
_KHMER = re.compile(r"[\u1780-\u17ff]")
_UNIT_LETTERS = re.compile(r"(?<=[a-z])(?=(?:[MGk]Hz|dB[mWi])\b)")
_PARTED_UNITS = re.compile(r"\b(?:([mgk]) hz|d (b[mwi]))\b")
_NO_WORD = re.compile(r"[^\w\u0300-\u036f\u0600-\u06ff\u0900-\u0eff\u1000-\u109f\u1780-\u17ff]+|_")
_COMMUNE = "commune|comm|com|khum|sangkat|adm3|ឃុំ|សង្កាត់"
_DISTRICT = "district|dist|dis|srok|khan|adm2|ស្រុក|ខណ្ឌ"
_PROVINCE = "province|prov|pro|adm1|ខេត្ត|រាជធានី"
_CODE = "code|pcode|id|gis|geocode|no|number|លេខកូដ|កូដ|លេខ"
_NAME = "name|en|nam|latin|english|ឈ្មោះ"
# '|' parts choices; every part of a phrase must be there. Phrases stand in the order of their certainty. Those that
# begin with '=' are the whole name, and say something only where no place of another kind is sought; with '==' always.
PHRASES: dict[str, tuple[str, ...]] = {
    "lon": (
        "longitude|lon|long|lng",
        "x",
        "easting|east|x coord|utmx|utm x|x utm|utm e",
        "រយៈបណ្តោយ|រយៈបណ្ដោយ|បណ្តោយ|បណ្ដោយ",
    ),
    "lat": ("latitude|lat", "y", "northing|north|utmy|utm y|y utm|utm n", "រយៈទទឹង|ទទឹង"),
    "technology": (
        "technology|radio|tech|rat|generation|standard|network type|access technology",
        "បច្ចេកវិទ្យា",
        "type|system",
    ),
    "mcc": ("mcc", "mobile country code"),
    "mnc": ("mnc|net", "mobile network code"),
    "network": ("plmn|mcc mnc|mccmnc|plmn id|network code",),
    "operator": (
        "operator|mno|carrier|licensee|provider|company|network operator|operator name|bank|agent network|brand",
        "ប្រតិបត្តិករ|ក្រុមហ៊ុន|ធនាគារ",
    ),
    "area": ("lac|tac|lac tac|lac tac nid", "location area|location area code", "tracking area|tracking area code"),
    "cell_id": ("cell id|cellid|cid|eci|cgi|cell|cell identity|ci",),
    "site_id": (
        "site id|siteid|tower id|site code|code site|station id|station number|number station|bts id|site number",
    ),
    "samples": ("samples|measurements|observations|sightings|number samples|times seen|sample size|hits",),
    "updated": ("updated|last seen|last updated|last update|last observed|last heard|last measured|updated at",),
    "band_mhz": ("band|frequency|freq|carrier frequency|mhz", "ប្រេកង់"),
    "bandwidth_mhz": ("bandwidth|bw|channel width|channel bandwidth",),
    "eirp_dbm": ("eirp|dbm|radiated power|erp|e i r p",),
    "antenna_height_m": (
        "antenna height|height antenna|height|tower height|mast height|agl|height m|height of antenna|above ground",
        "កម្ពស់",
    ),
    "transmit_power_dbm": (
        "transmit power|tx power|txpower|transmission power|output power|rf power|pa power|nominal power",
    ),
    "antenna_gain_dbi": ("antenna gain|gain antenna|ant gain|gain",),
    "feeder_loss_db": ("feeder loss|feeder losses|loss feeder|cable loss|cable losses|line loss|line losses",),
    "azimuth_deg": ("azimuth|azimut|azm|azi|sector azimuth|antenna azimuth|main beam direction|bearing",),
    "mechanical_tilt_deg": ("mechanical tilt|mechanical downtilt|mech tilt|tilt mechanical|m tilt|mtilt|tilt m|mdt",),
    "electrical_tilt_deg": (
        "electrical tilt|electric tilt|electrical downtilt|elec tilt|tilt electrical|tilt electric|e tilt|etilt|edt",
    ),
    "horizontal_beamwidth_deg": (
        "horizontal beamwidth|horizontal beam width|beamwidth horizontal|h beamwidth|hbw|hpbw horizontal|h width",
    ),
    "vertical_beamwidth_deg": (
        "vertical beamwidth|vertical beam width|beamwidth vertical|v beamwidth|vbw|hpbw vertical|v width",
    ),
    "pattern": ("antenna pattern|pattern file|antenna pattern file|radiation pattern|antenna model|antenna type",),
    "commune_code": (f"{_COMMUNE} {_CODE}", "pcode|geocode|adm3 pcode", "=code|លេខកូដ|កូដ", "=id", _COMMUNE),
    "commune_name": (f"{_COMMUNE} {_NAME}", _COMMUNE, "=name|name en|ឈ្មោះ"),
    "district_code": (f"{_DISTRICT} {_CODE}", "adm2 pcode", _DISTRICT),
    "district_name": (f"{_DISTRICT} {_NAME}", _DISTRICT),
    "province_code": (f"{_PROVINCE} {_CODE}", "adm1 pcode", _PROVINCE),
    "province_name": (f"{_PROVINCE} {_NAME}", _PROVINCE),
    "place_code": ("village|vil|vill|phum|place|settlement|ភូមិ " + _CODE,),
    "place_name": ("village|vil|vill|phum|place|settlement|ភូមិ " + _NAME, "village|phum|place|settlement|ភូមិ"),
    "people": (
        "population total|total population|tt both|both sexes|pop total|total pop|totpop|tot pop",
        "population|people|pop|persons|inhabitants|residents",
        "ប្រជាជន|ប្រជាពលរដ្ឋ|ចំនួនមនុស្ស",
        "==total",
    ),
    "point_id": ("osm id|point id|branch id|id|code|លេខកូដ|កូដ|លេខ",),
    "class": ("class|type|kind|category|amenity|fclass|highway|road class", "ប្រភេទ"),
    "point_name": ("name|branch|branch name|title|point name|outlet", "ឈ្មោះ|សាខា"),
    "confidence": ("confidence|certainty|probability",),
    "users": ("mobile internet users|internet users|subscribers|subscriptions|users|mobile broadband subscriptions",),
    "code": ("area code|code|pcode|commune code|district code|province code",),
    "download_mbps": ("download mbps|dl mbps|downlink mbps|download|download speed|downlink",),
    "download_kbps": ("download kbps|dl kbps|downlink kbps|avg d kbps",),
    "upload_mbps": ("upload mbps|ul mbps|upload|upload speed",),
    "upload_kbps": ("upload kbps|ul kbps|avg u kbps",),
    "latency_ms": ("latency|ping|rtt|round trip time",),
    "tests": ("tests|number tests",),
    "rsrp_dbm": ("rsrp|rscp|rxlev",),
    "capacity": ("parcels per day|capacity per day|daily capacity",),
    "opening": ("opening hours|opening|hours",),
    "last_seen": ("last active|last seen|last transaction|last activity|last used",),
    "surface": ("surface|pavement",),
    "max_speed_kmh": ("maxspeed|max speed|speed limit|speed",),
    "oneway": ("oneway|one way",),
    "speed_mbps": (
        "speed mbps|mbps|download mbps|max download|max download mbps|download speed|download speed mbps|speed",
    ),
    "covered_share": ("share covered|covered share|coverage share|share of households covered|coverage|availability",),
    "covered_percent": (
        "percent covered|covered percent|coverage percent|percent of households covered|coverage|availability",
    ),
    "households_passed": (
        "homes passed|households passed|premises passed|dwellings passed|households covered|homes covered|passed",
    ),
    "households": ("households|homes|total households|dwellings|total homes|premises",),
    "served": ("served|is served|serviceable|available",),
    "address_id": ("address id|building id|location id|premise id",),
    "success": ("success|passed|successful|is success",),
    "time": ("timestamp|date time|datetime|test time|measured at|tested at|time",),
    "device": ("device|device id|handset|phone model|device model",),
    "environment": ("environment|indoor outdoor|receiver environment",),
    "status": ("status|state|in service|operational status|service status|condition",),
}
# A column that holds one of these is none of ours, whatever else its name holds.
DECOYS = re.compile(
    r"\b(families|family|households?|hh|area km2|density|pct|percent|share|growth|count|email|address|remarks?|notes?"
    r"|date|range|changeable|created|unit|signal|rx|uplink|transmitter"
    r"|male|males|female|females|fem|men|women|man|woman|boys|girls|pop(?:ulation)? [fm]|[fm] pop(?:ulation)?|tt [fm]"
    r"|phone|telephone|tel|mobile (?:no|number|phone)|msisdn|fax|hotline|contact"
    r"|altitude|elevation|serial|s no|sno|sr no|sl no|row no)\b|គ្រួសារ|ខ្នងផ្ទះ|កាលបរិច្ឆេទ|អាសយដ្ឋាន"
)
# Columns of a share or of households themselves, of which those words are no decoys.
_OF_HOUSEHOLDS = frozenset(("covered_share", "covered_percent", "households_passed", "households", "address_id"))
# Parts and measures of the people, which are not all of them: age groups, town and country, ranks.
_PARTS = re.compile(
    r"\b(urban|rural|rank|index|aged?|ages|years? old|age group|under \d+|over \d+|below \d+|children|adults?|youth"
    r"|elderly|working|school|voters?|electorate|migrants?|foreign\w*|literate|illiterate|employed|disabled|slum"
    r"|change|increase|projection|ratio|male|female)\b"
)
_AGES = re.compile(
    r"(?<![\d.,])\d{1,2}\s*(?:[-–_ ]|to|a|à|bis|do|до)\s*\d{1,3}(?!\d)|(?<!\d)\d{1,2}\s*(?:\+|plus\b|y m[aá]s|et plus"
    r"|and over|and above|e mais|und mehr|or more)",
    re.IGNORECASE,
)


def is_part_of_people(name: object) -> bool:
    """Tell whether a name means some of the people, or a measure of them: an age group, a town's share, a rank.

    Parameters
    ----------
    name : object
        A column's name.

    Returns
    -------
    bool
        Whether it does.
    """
    plain = str(name).replace("_", " ")
    return bool(_PARTS.search(words_of(name)) or _AGES.search(plain))


def words_of(name: object) -> str:
    """Split a name into lower-case words with one space between: 'Com_Code' and 'comCode' are both 'com code'.

    Parameters
    ----------
    name : object
        A column's name.

    Returns
    -------
    str
        Words, in English.
    """
    return _words_of(str(name))


@lru_cache(_KEPT)
def _words_of(name: str) -> str:
    text = _UNIT_LETTERS.sub(" ", unicodedata.normalize("NFKC", name).replace("\u200b", ""))
    words = " ".join(_NO_WORD.sub(" ", split_camel_case(text)).lower().split())
    joined = _PARTED_UNITS.sub(lambda match: f"{match[1]}hz" if match[1] else f"d{match[2]}", words)
    return in_english(joined)


def name_fit(
    column: str, name: object, *, generic: bool = True, own: Mapping[str, Sequence[str]] | None = None
) -> tuple[float, str]:
    """Rate how well a file's name fits a declared column.

    Parameters
    ----------
    column : str
        Name of the declared column.
    name : object
        Name in the file.
    generic : bool
        Whether a bare 'name' or 'id' counts.
    own : mapping of str to sequence of str or None
        Declared column to names of the country's own, from ``[vocabulary]``.

    Returns
    -------
    tuple[float, str]
        0 to 1, and the words that it was known by.
    """
    words = words_of(name)
    if any(plain_words(str(name)) == plain_words(one) or words == words_of(one) for one in (own or {}).get(column, ())):
        return 1.0, str(name)
    return _known_fit(column, str(name), generic=generic)


@lru_cache(_KEPT)
def _known_fit(column: str, name: str, *, generic: bool) -> tuple[float, str]:
    """The fit by the words that the project knows; a file is held against every layer, and each asks anew."""
    words = words_of(name)
    if DECOYS.search(words) and column not in _OF_HOUSEHOLDS:
        return 0.0, ""
    is_part = column in ("people", "users") and is_part_of_people(name)
    if is_part or (column == "covered_share" and "%" in name):
        return 0.0, ""
    best = (0.0, "")
    for rank, phrase in enumerate(PHRASES.get(column, ())):
        if phrase.startswith("=="):
            fit, known_by = (0.8, words) if words in phrase[2:].split("|") else (0.0, "")
        elif phrase.startswith("="):
            whole = generic and words in phrase[1:].split("|")
            fit, known_by = (0.8, words) if whole else (0.0, "")
        else:
            fit, known_by = _phrase_fit(phrase, words)
        best = max(best, (fit * (1 - 0.06 * rank), known_by))
    its_name = column.replace("_", " ")
    return max(best, (1.0, its_name)) if words == its_name else best


def _phrase_fit(phrase: str, words: str) -> tuple[float, str]:
    """Return a phrase of choices: its alternatives alone, or (two groups) one of each group in the name."""
    groups = _groups(phrase)
    if len(groups) == 1:
        fits = [(_fit(choice, words), choice) for choice in groups[0]]
        return max(fits)
    held = [max((c for c in group if _holds(words, c)), key=len, default="") for group in groups]
    if not all(held):
        return 0.0, ""
    rest = len(words.split()) - len(" ".join(held).split())
    return (0.97 if rest <= 0 or _KHMER.search(words) else 0.97 - 0.08 * rest), " ".join(held)


def _groups(phrase: str) -> list[list[str]]:
    """'a|b c|d' is two groups; 'cell id|cid', in which the space belongs to a choice, is one."""
    for names in (_CODE, _NAME):
        if phrase.endswith(" " + names):
            return [phrase.removesuffix(" " + names).split("|"), names.split("|")]
    return [phrase.split("|")]


def _holds(words: str, choice: str) -> bool:
    return choice in words if _KHMER.search(choice) else f" {choice} " in f" {words} "


def _fit(choice: str, words: str) -> float:
    if words == choice:
        return 0.95
    if _holds(words, choice):
        return 0.6 + 0.3 * len(choice) / len(words)
    if len(choice) < 5 or not words:
        return 0.0
    alike = difflib.SequenceMatcher(None, choice, words).ratio()
    return 0.85 * alike if alike >= 0.82 else 0.0
