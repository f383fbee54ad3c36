"""What is said of input files before a run: what another version changes, what is wrong, what the manifest names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from commune_coverage.config.layers import FileRef, PeopleLayer, TowersFile
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import MissingFileError
from commune_coverage.quality.check_inputs import check_country
from commune_coverage.quality.diff import RowChanges, layer_changes, row_changes
from commune_coverage.quality.manifest import make_manifest
from commune_coverage.schema.inputs import POINTS
from tests import tiny

OLD = "id,lon,lat,class\n1,104,11,agent\n2,105,12,agent\n3,106,13,bank\n"


def _changes(folder: Path, old: str, new: str) -> RowChanges:
    (folder / "old.csv").write_text(old)
    (folder / "new.csv").write_text(new)
    return row_changes(FileRef(path=folder / "old.csv"), FileRef(path=folder / "new.csv"), POINTS, ["point_id"])


def _rows(changes: RowChanges) -> list[Sequence[object]]:
    return [tuple(row) for row in changes.rows[["line", "status", "key", "what"]].to_numpy().tolist()]


def test_each_row_that_is_new_removed_or_changed_is_listed_with_its_line_and_what_changed(tmp_path: Path) -> None:
    changes = _changes(tmp_path, OLD, "id,lon,lat,class\n4,107,14,agent\n3,106,13.5,\n1,104.0,11,agent\n")
    assert _rows(changes) == [
        (2, "new", "4", ""),
        (3, "changed", "3", "lat 13 -> 13.5; class bank -> (none)"),
        (3, "removed", "2", ""),
    ]
    assert (changes.same, changes.key) == (1, ["point_id"])
    assert [changes.count(status) for status in ("new", "changed", "removed")] == [1, 1, 1]


def test_of_rows_that_share_a_key_the_first_counts(tmp_path: Path) -> None:
    changes = _changes(tmp_path, OLD, OLD + "1,100,10,bank\n")
    assert _rows(changes) == []
    assert changes.same == 3


def test_equal_rows_without_a_key_are_counted_one_by_one(tmp_path: Path) -> None:
    head, row = "lon,lat,class\n", "104,11,agent\n"
    changes = _changes(tmp_path, head + row, head + row * 3)
    assert [row[:2] for row in _rows(changes)] == [(3, "new"), (4, "new")]
    assert _rows(changes)[0][2] == "104/11/agent"
    assert (changes.same, changes.key) == (1, [])


def test_rasters_and_extracts_of_openstreetmap_have_no_rows_to_compare_and_text_has(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("lon,lat,people\n104,11,100\n")
    (tmp_path / "new.csv").write_text("lon,lat,people\n104,11,120\n")
    (tmp_path / "people.tif").touch()
    old, new, raster = (PeopleLayer(path=tmp_path / name) for name in ("old.csv", "new.csv", "people.tif"))
    found = layer_changes("people", old, new)
    assert found is not None
    assert [row[1] for row in _rows(found)] == ["new", "removed"]
    assert layer_changes("people", old, raster) is None
    assert layer_changes("people", raster, new) is None


def test_cells_of_a_file_without_a_header_are_compared_by_their_network_and_number(tmp_path: Path) -> None:
    cell = "LTE,456,1,1,{},0,104.9,11.5,1000,{},1,1500000000,1700000000,0\n"
    (tmp_path / "old.csv").write_text(cell.format(7, 10) + cell.format(8, 10))
    (tmp_path / "new.csv").write_text(cell.format(7, 25) + cell.format(9, 10))
    found = layer_changes("towers", TowersFile(path=tmp_path / "old.csv"), TowersFile(path=tmp_path / "new.csv"))
    assert found is not None
    assert [found.count(status) for status in ("new", "changed", "removed")] == [1, 1, 1]
    assert (found.rows.set_index("status")["what"])["changed"] == "samples 10 -> 25"


def test_a_country_without_faults_has_a_log_of_each_layer_in_the_order_of_a_run(tmp_path: Path) -> None:
    findings = check_country(load_country(tiny.write_files(tmp_path)))
    assert findings.problems == []
    assert [(log.layer, log.read, log.kept) for log in findings.logs] == [
        ("communes", 9, 9),
        ("people", 9, 9),
        ("towers", 3, 3),
        ("hubs", 1, 1),
    ]


def test_every_layer_that_cannot_be_read_and_the_link_budgets_are_a_sentence_each(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    (tmp_path / "hubs.csv").write_text("a,b\n1,2\n")
    (tmp_path / "communes.geojson").write_text("{}")
    (tmp_path / "radios.toml").write_text("[radios.LTE]\n")
    tiny.say(country, '[radio]\nradios = "radios.toml"')
    findings = check_country(load_country(country))
    assert [problem.split(":")[0] for problem in findings.problems] == ["communes", "hubs", "radios"]
    # Without communes people are not counted, and so have no log.
    assert [log.layer for log in findings.logs] == ["towers"]


def test_the_name_of_a_run_is_the_hash_of_all_that_goes_into_it_whatever_its_order(tmp_path: Path) -> None:
    path = tiny.write_files(tmp_path)
    country = load_country(path)
    manifest = make_manifest(country, path, date(2026, 3, 1), {})
    content = {name: manifest[name] for name in sorted(manifest) if name != "run_id"}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    assert manifest["run_id"] == f"KHM-20260301-{digest[:12]}"
    towers = (tmp_path / "towers.csv").read_bytes()
    assert manifest["inputs"]["towers"] == {
        "file": "towers.csv",
        "sha256": hashlib.sha256(towers).hexdigest(),
        "bytes": len(towers),
        "origin_sha256": None,
    }
    assert str(tmp_path) not in json.dumps(manifest)
    assert manifest["configuration"]["layers"]["towers"]["path"] == "towers.csv"
    held = make_manifest(country, path, date(2026, 3, 1), {"people": {"reason": "fewer"}})
    assert held["run_id"] != manifest["run_id"]
    (tmp_path / "hubs.csv").unlink()
    with pytest.raises(MissingFileError, match=r"layers\.hubs: 'hubs\.csv' is not there"):
        make_manifest(country, path, date(2026, 3, 1), {})
