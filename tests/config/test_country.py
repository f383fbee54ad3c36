import pytest

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError, MissingFileError

LEAST = 'code = "KHM"\n[name]\nen = "T"\n[layers.communes]\npath = "c.gpkg"\n'


def _load(tmp_path, text):
    (tmp_path / "country.toml").write_text(text, encoding="utf-8")
    return load_country(tmp_path / "country.toml")


def test_only_communes_are_required_and_paths_are_relative_to_the_file(tmp_path):
    country = _load(tmp_path, LEAST)
    assert country.layers.communes.path == tmp_path / "c.gpkg"
    assert [name for name, _ in country.layer_items] == ["communes"]
    assert country.thresholds.high_speed_mbps == [10.0, 25.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LEAST.replace("code", "cod", 1), "cod: unknown key 'cod'; did you mean 'code'?"),
        (LEAST + "colums = {}\n", "layers.communes.colums: unknown key 'colums'; did you mean 'columns'?"),
        (LEAST + "[layers.tower]\npath='x'\n", "layers.tower: unknown key 'tower'; did you mean 'towers'?"),
        ('metric_crs = "EPSG:4326"\n' + LEAST, "is not a projected system in metres"),
        ('metric_crs = "nonsense"\n' + LEAST, "is not a coordinate reference system"),
        ('time_zone = "Mars/Base"\n' + LEAST, "is not an IANA time zone"),
        ('languages = ["km"]\n' + LEAST, "[name] has no entry for language km"),
        (LEAST + "[thresholds]\nhigh_speed_mbps = [10.0, 10.0]\n", "named twice"),
        (LEAST + '[operators]\nA = ["45601"]\n', "operators.A.0"),
        (LEAST + '[layers.people]\npath = "p"\nformat = "rasta"\n', "layers.people.format"),
    ],
)
def test_each_mistake_says_where_and_what(tmp_path, text, words):
    with pytest.raises(CountryFileError) as error:
        _load(tmp_path, text)
    assert words in str(error.value)


def test_all_mistakes_are_listed_at_once(tmp_path):
    with pytest.raises(CountryFileError) as error:
        _load(tmp_path, 'cod = "KHM"\ntime_zone = "x"\n[layers.communes]\npth = "c"\n')
    assert str(error.value).count("\n  - ") == 6


def test_a_file_that_is_no_toml_and_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CountryFileError, match="is not valid TOML"):
        _load(tmp_path, "code = ")
    with pytest.raises(MissingFileError, match=r"start from what 'commune-coverage init' writes"):
        load_country(tmp_path / "none.toml")


def test_the_example_is_a_valid_country_file(pytestconfig):
    assert load_country(pytestconfig.rootpath / "examples/country.toml").code == "KHM"
