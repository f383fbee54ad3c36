"""docs/howto/add_a_layer.md, followed: a package of one's own adds a layer to the tiny country."""

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.config import country as country_module
from commune_coverage.config import layers as layers_module
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.files import read_geo
from commune_coverage.pipeline.dag import STAGES, ingest_stages
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stage import null_progress
from commune_coverage.pipeline.stages import tables
from commune_coverage.pipeline.stages.ingest.layers import ingest
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.readers.detection.command import recognise_upload
from commune_coverage.readers.registry import layer_spec
from commune_coverage.runs.run import start_run
from commune_coverage.site.i18n.messages import load_words
from tests import tiny
from tests.howto.guide import files_of

ROWS = "lon,lat,beds\n{0},7\n{1},\n{1},many\n10.9,104.1,3\n90,1,2\n"
SECTION = '\n[layers.clinics]\npath = "clinics.csv"\nusual_beds = 5\n'
NO_FUNCTION = """
from commune_coverage.config.layers import Layer
from commune_coverage.readers.registry import LayerSpec

CLINICS = LayerSpec("clinics", "health centres", Layer, "clinics:read_clinics")
"""


@pytest.fixture
def clear_caches():
    caches = (layers_module.plugin_layers, layers_module.layers_model, country_module.country_model)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def _install(folder: Path, monkeypatch, code: str, entry: str = "clinics:CLINICS") -> None:
    """What pip leaves of a package with one module and one entry point."""
    info = folder / "clinics-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clinics\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[commune_coverage.layers]\nclinics = {entry}\n")
    (folder / "clinics.py").write_text(code)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "clinics", raising=False)


@pytest.fixture
def example() -> str:
    return files_of("add_a_layer.md")["clinics.py"]


@pytest.fixture
def country(tmp_path, monkeypatch, clear_caches, example) -> Path:
    _install(tmp_path / "site", monkeypatch, example)
    path = tiny.write_files(tmp_path / "in")
    centres = [f"{row.lon},{row.lat}" for row in tiny.centres().round(7).itertuples()]
    (tmp_path / "in/clinics.csv").write_text(ROWS.format(*centres))
    path.write_text(path.read_text() + SECTION)
    return path


def test_the_section_is_validated_by_the_package_s_own_model(country):
    assert load_country(country).layers.clinics.usual_beds == 5
    country.write_text(country.read_text().replace("usual_beds = 5", "usual_bed = -1"))
    with pytest.raises(CountryFileError, match=r"layers.clinics.usual_bed: .* did you mean 'usual_beds'"):
        load_country(country)


def test_a_name_that_nobody_registers_is_refused_with_the_nearest(country):
    country.write_text(country.read_text().replace("[layers.clinics]", "[layers.clinic]"))
    with pytest.raises(CountryFileError, match=r"unknown key 'clinic'; did you mean 'clinics'"):
        load_country(country)


def test_check_reads_it_and_its_rows_balance(country):
    findings = check_country(load_country(country))
    log = next(log for log in findings.logs if log.layer == "clinics")
    assert findings.problems == []
    assert log.is_balanced()
    assert log.reasons() == {"coordinate_out_of_range": 1}
    assert [(column, each.cells) for (column, _), each in log.blanked.items()] == [("beds", 1)]
    assert (log.read, log.kept, log.out_of_area) == (5, 3, 1)


def test_a_run_writes_its_table_and_exports_it_with_commune_codes(country, tmp_path, monkeypatch):
    run = start_run(country, tmp_path / "data", tmp_path / "maps", date(2026, 1, 31), "serial")
    run_stage(next(stage for stage in STAGES if stage.name == "communes"), run)
    result = ingest(layer_spec("clinics"), run, null_progress)
    assert result.facts == {"beds": 17.0}
    monkeypatch.setattr(tables, "synthetic_layers", lambda _: [])
    tables.export_layers(run, read_geo(run.stages_folder / "communes.parquet"))
    exported = pd.read_csv(tables.tables_folder(run) / "clinics.csv", dtype={"commune_code": str})
    assert exported["commune_code"].tolist() == ["010101", "010102", "010102"]
    assert exported["beds"].tolist() == [7, 5, 5]


def test_the_stage_and_the_pages_know_it(country):
    stage = ingest_stages()[-1]
    assert (stage.name, stage.writes, stage.layers) == ("clinics", ("clinics",), ("communes", "clinics"))
    assert load_words(["km"]).texts["km"]["layer_clinics"] == "health centres"


def test_its_code_is_part_of_what_a_run_is_named_by(country, tmp_path):
    def run_id() -> str:
        return make_manifest(load_country(country), country, date(2026, 1, 31), {})["run_id"]

    before, module = run_id(), tmp_path / "site/clinics.py"
    module.write_text(module.read_text() + "# changed\n")
    assert run_id() != before


def test_an_upload_is_recognised_by_its_table(country):
    found = recognise_upload(country.parent / "clinics.csv", "clinics", country)
    assert {guess.column for guess in found.guesses} == {"lon", "lat", "beds"}


@pytest.mark.parametrize(
    ("code", "entry", "message"),
    [
        ("", "clinics:CLINICS", "cannot be imported"),
        ("CLINICS = 1\n", "clinics:CLINICS", "is no LayerSpec"),
        (NO_FUNCTION, "clinics:CLINICS", "is no LayerSpec"),
        ("", "no_such_package:CLINICS", "cannot be imported"),
    ],
)
def test_a_package_that_is_no_layer_is_one_sentence(tmp_path, monkeypatch, clear_caches, code, entry, message):
    _install(tmp_path / "site", monkeypatch, code, entry)
    with pytest.raises(CountryFileError, match=message):
        load_country(tiny.write_files(tmp_path / "in"))


def test_a_name_that_is_taken_is_refused(tmp_path, monkeypatch, clear_caches, example):
    _install(tmp_path / "site", monkeypatch, example.replace('name="clinics"', 'name="roads"'))
    with pytest.raises(CountryFileError, match="'roads', a name not free"):
        load_country(tiny.write_files(tmp_path / "in"))
