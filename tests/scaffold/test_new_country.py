"""A country file for every code of ISO 3166: valid, true in what was checked by hand, and never written over."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.config.country import Country
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError, MissingFileError
from commune_coverage.core.toml_text import toml_value
from commune_coverage.download.catalogue import fill, load_catalogue
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.quality.manifest import input_files
from commune_coverage.scaffold.country_codes import facts_of
from commune_coverage.scaffold.facts import Facts, countries, metric_crs, time_zones
from commune_coverage.scaffold.layers import public_sources
from commune_coverage.scaffold.line_layout import block
from commune_coverage.scaffold.write import country_text, write_country_file

LAYERS = ["communes", "towers", "people", "hubs", "payments", "roads"]

# Checked by hand: languages, time zone, metric system, network code, neighbours, extract.
# Kenya lies on both sides of the equator with its middle north of it; either half of UTM zone 37 would serve.
BY_HAND = {
    "KHM": ("km en", "Asia/Phnom_Penh", "EPSG:32648", "456", "LAO THA VNM", "asia/cambodia"),
    "LUX": ("fr lb de en", "Europe/Luxembourg", "EPSG:32632", "270", "BEL DEU FRA", "europe/luxembourg"),
    "BDI": ("rn fr en", "Africa/Bujumbura", None, "642", "COD RWA TZA", "africa/burundi"),
    "DJI": ("fr ar en", "Africa/Djibouti", None, "638", "ERI ETH SOM", "africa/djibouti"),
    "PER": ("es qu en", "America/Lima", None, "716", "BOL BRA CHL COL ECU", "south-america/peru"),
    "GTM": ("es en", "America/Guatemala", None, "704", "BLZ HND MEX SLV", "central-america/guatemala"),
    "FJI": ("en hif fj", "Pacific/Fiji", None, "542", "", "australia-oceania/fiji"),
    "NPL": ("ne en", "Asia/Kathmandu", None, "429", "CHN IND", "asia/nepal"),
    "KEN": ("sw en", "Africa/Nairobi", None, "639", "ETH SOM SSD TZA UGA", "africa/kenya"),
    "PRT": ("pt en", "Europe/Lisbon", None, "268", "ESP", "europe/portugal"),
    "RUS": ("ru en", "Europe/Moscow", None, "250", "AZE BLR CHN EST FIN GEO", ""),
    "USA": ("en", "America/New_York", None, "310", "CAN MEX", "north-america/us"),
}


def _written(code: str, folder: Path) -> Country:
    return load_country(write_country_file(code, folder / f"{code}.toml"))


def test_every_code_gives_a_file_that_loads(tmp_path: Path) -> None:
    assert len(countries()) == 249
    catalogue = load_catalogue()
    for code in countries():
        country = _written(code, tmp_path)
        assert country.code == code
        assert "en" in country.languages
        assert {name for name, _ in country.layer_items} == set(LAYERS)
        asked = [
            fill(catalogue[layer.source.id].addresses[0], {"ISO3": code, "token": "t", **layer.source.values})
            for _, layer in country.layer_items
            if layer.source is not None
        ]
        assert len(set(asked)) >= 2


@pytest.mark.parametrize("code", BY_HAND)
def test_facts_are_those_checked_by_hand(code: str, tmp_path: Path) -> None:
    languages, zone, crs, mcc, neighbours, extract = BY_HAND[code]
    country = _written(code, tmp_path)
    assert " ".join(country.languages) == languages
    assert country.time_zone == zone
    assert country.metric_crs == crs
    towers, roads = country.layers.towers, country.layers.roads
    assert towers is not None
    assert towers.source is not None
    assert towers.source.values == {"mcc": mcc}
    assert set(neighbours.split()) <= set(facts_of(code).neighbours)
    assert code == "RUS" or " ".join(facts_of(code).neighbours) == neighbours
    assert roads is not None
    source = roads.source
    assert ("/".join(source.values.values()) if source else "") == extract


@pytest.mark.parametrize("code", BY_HAND)
def test_only_files_are_missing(code: str, tmp_path: Path) -> None:
    country = _written(code, tmp_path)
    problems = check_country(country).problems
    assert problems
    assert [problem for problem in problems if "is not there" not in problem] == []
    with pytest.raises(MissingFileError) as error:
        input_files(country)
    assert str(error.value).count("is not there") == len(LAYERS)


def test_what_a_country_lacks_is_said_and_not_guessed() -> None:
    russia = country_text(facts_of("RUS"), "x.toml")
    assert "geofabrik" not in russia
    assert russia.count("# no extract of this country is known") == 3
    assert "under [[layers.towers.also]]: 405, 406" in country_text(facts_of("IND"), "x.toml").replace("\n# ", " ")
    antarctica = tomllib.loads(country_text(facts_of("ATA"), "x.toml"))
    assert "source" not in antarctica["layers"]["towers"]
    assert antarctica["operators"] == {}


def test_lines_are_short_and_comments_stand_apart() -> None:
    lines = [line for code in countries() for line in country_text(facts_of(code), "country.toml").splitlines()]
    assert max(len(line) for line in lines if "{" not in line) <= 125
    assert [line for line in lines if line != line.rstrip() or "~" in line] == []


def test_cambodia_is_complete(tmp_path: Path) -> None:
    country = _written("KHM", tmp_path)
    assert country.name == {"km": "កម្ពុជា", "en": "Cambodia"}
    assert country.operators["Smart"] == ["456-02", "456-05", "456-06"]
    assert all(network.startswith("456-") for networks in country.operators.values() for network in networks)
    assert "Laos 457, Thailand 520, Vietnam 452" in (tmp_path / "KHM.toml").read_text(encoding="utf-8")


def test_each_choice_can_take_the_place_of_the_one_in_use(tmp_path: Path) -> None:
    """Every choice in the table, commented out in files, is one that a country file accepts."""
    catalogue = load_catalogue()
    for layer in public_sources():
        for number, choice in enumerate(layer["choice"]):
            table = tomllib.loads(country_text(facts_of("KHM"), "x.toml"))
            table["layers"][layer["name"]] = choice["keys"]
            Country.model_validate(table)
            if "source" in choice:
                source = catalogue[choice["source"]]
                assert (
                    source.parameters - {"ISO3", "m49", "query", "bounds", *source.defaults}
                    <= set(choice.get("values", {}))
                    <= source.parameters
                ), (layer["name"], number)


def test_commented_choices_are_valid_once_uncommented() -> None:
    text = country_text(facts_of("CIV"), "civ.toml")
    commented = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ") and " = " in line]
    assert len(commented) > 40
    for line in commented:
        tomllib.loads(line)


@pytest.mark.parametrize("code", ["KHM", "khm", "KH", " kh "])
def test_codes_of_two_or_three_letters_in_any_case(code: str) -> None:
    assert facts_of(code).alpha3 == "KHM"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("Cambodja", "KHM (Cambodia)"),
        ("KHN", "KHM (Cambodia)"),
        ("luxemburg", "LUX (Luxembourg)"),
        ("korea", "KOR (South Korea)"),
        ("", "give two or three letters"),
        ("§$%&/()", "give two or three letters"),
    ],
)
def test_an_unknown_code_is_met_with_the_nearest(wrong: str, near: str, tmp_path: Path) -> None:
    with pytest.raises(CountryFileError) as error:
        write_country_file(wrong, tmp_path / "country.toml")
    assert near in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_names_with_apostrophes_quotes_and_other_scripts(tmp_path: Path) -> None:
    assert _written("CIV", tmp_path).name["en"] == "Côte d’Ivoire"
    assert _written("UZB", tmp_path).name["uz"] == "Oʻzbekiston"
    assert _written("JPN", tmp_path).name["ja"] == "日本"
    assert _written("SAU", tmp_path).name["ar"] == "المملكة العربية السعودية"


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text(), max_size=3), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_from_toml_as_it_was(table: dict[str, object]) -> None:
    assert tomllib.loads(f"table = {toml_value(table)}")["table"] == table
    assert tomllib.loads("\n".join(block({"a": table, "wide_key": "x"}))) == {"a": table, "wide_key": "x"}


def test_the_name_of_the_file_stays_in_its_comment() -> None:
    text = country_text(facts_of("KHM"), 'x\n[evil]\r"\x7f.toml')
    assert "evil" not in tomllib.loads(text)


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "country.toml"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(CountryFileError, match="is already there; choose another file name"):
        write_country_file("KHM", out)
    assert out.read_text(encoding="utf-8") == "mine"
    assert load_country(write_country_file("KHM", out, overwrite=True)).code == "KHM"
    with pytest.raises(CountryFileError, match="is already there"):
        write_country_file("KHM", tmp_path, overwrite=True)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "country.toml"
    out.write_text("mine", encoding="utf-8")

    def half(path: Path, text: str, encoding: str) -> None:
        path.write_bytes(text.encode(encoding)[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(CountryFileError, match="No space left on device"):
        write_country_file("KHM", out, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["country.toml"]
    assert out.read_bytes() == b"mine"


def test_the_same_code_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_country_file("PRT", tmp_path / "a" / "country.toml").read_bytes()
    assert write_country_file("pt", tmp_path / "b" / "country.toml").read_bytes() == first


def test_the_table_of_facts_agrees_with_itself_and_the_tz_database() -> None:
    known = countries()
    zoneless = {code for code, facts in known.items() if not time_zones(facts)}
    assert zoneless == {"BVT", "HMD"}
    for code, facts in known.items():
        assert all(code in known[other].neighbours for other in facts.neighbours), code
        assert all(len(mcc) == 3 and mcc.isdigit() for mcc in facts.mobile_country_codes), code
        assert len(time_zones(facts)) < 2 or facts.capital_time_zone == time_zones(facts)[0], code


def test_a_zone_is_named_only_where_it_fits() -> None:
    crossing = [facts for facts in countries().values() if facts.bounds and facts.bounds[0] > facts.bounds[2]]
    assert {facts.alpha3 for facts in crossing} == {"ATA", "FJI", "KIR", "NZL", "RUS", "UMI", "USA"}
    assert not any(metric_crs(facts)[0] for facts in crossing)
    assert metric_crs(facts_of("LSO"))[0] == "EPSG:32735"
    for facts in (facts_of("KEN"), Facts("XXX", "XX", "", (), (), "", "", None)):
        crs, why = metric_crs(facts)
        assert crs is None
        assert "worked out from the boundaries" in why


def test_real_boundaries_of_the_public_source_fit_the_file(shared_data: Path, tmp_path: Path) -> None:
    country = _written("KHM", tmp_path)
    real = shared_data / "cambodia" / "boundaries" / "kh_adm3_geoboundaries_simplified.geojson"
    country.layers.communes.path.parent.mkdir()
    shutil.copy(real, country.layers.communes.path)
    findings = check_country(country)
    assert [problem for problem in findings.problems if problem.startswith("communes")] == []
    (log,) = [log for log in findings.logs if log.layer == "communes"]
    assert (log.read, log.quarantined) == (1633, 0)
    assert "distances are taken in EPSG:32648" in log.notes
