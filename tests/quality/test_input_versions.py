"""The store of versions, without a run: which files are kept, which version is the last good one, who may approve."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from commune_coverage.config.layers import GtfsLayer
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError
from commune_coverage.core.identity import identify
from commune_coverage.quality.approve import approve_version
from commune_coverage.quality.decisions import Decided
from commune_coverage.quality.input_versions import InputVersion, InputVersions
from commune_coverage.quality.select_versions import HeldVersion, settings_of, with_files
from tests import tiny

DAYS = [date(2026, 3, day) for day in range(1, 10)]


def _file(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "villages.csv").write_text(text)
    return folder / "villages.csv"


def _version(path: Path, day: int = 0, status: str = "good", settings: str = "as stated", **more: str) -> InputVersion:
    digest = sha256(path.read_bytes()).hexdigest()
    files = {"": {"sha256": digest, "file": path.name}}
    return InputVersion(digest=digest, settings=settings, status=status, run_date=DAYS[day], files=files, **more)


@pytest.fixture
def store(tmp_path: Path) -> InputVersions:
    return InputVersions(tmp_path / "data", "KHM")


def test_a_kept_version_is_the_last_good_one_with_its_file_and_its_origin(store: InputVersions, tmp_path: Path) -> None:
    path = _file(tmp_path / "in", "1")
    (tmp_path / "in/villages.csv.source.json").write_text('{"source": "census"}')
    version = _version(path)
    store.keep("people", version, {"": path})
    assert store.last_good("people", "as stated") == version
    copy = store.path_of(version.files[""].sha256, version.files[""].file)
    assert copy == store.folder / "objects" / version.digest / "villages.csv"
    assert copy.read_text() == "1"
    assert {each.name: each.read_text() for each in copy.parent.iterdir()} == {
        "villages.csv": "1",
        "villages.csv.source.json": '{"source": "census"}',
    }
    assert [each.name for each in (store.folder / "objects").iterdir()] == [version.digest]


def test_a_file_that_changed_while_it_was_copied_is_not_kept(store: InputVersions, tmp_path: Path) -> None:
    path = _file(tmp_path / "in", "1")
    version = _version(path)
    path.write_text("2")
    store.store(version, {"": path})
    assert list((store.folder / "objects").iterdir()) == []


@pytest.mark.parametrize(("status", "settings"), [("held", "as stated"), ("approved", "as stated"), ("good", "others")])
def test_what_is_not_published_or_is_read_otherwise_is_not_the_last_good_one(
    store: InputVersions, tmp_path: Path, status: str, settings: str
) -> None:
    first, second = _file(tmp_path / "a", "1"), _file(tmp_path / "b", "2")
    store.keep("people", _version(first), {"": first})
    store.keep("people", _version(second, 1, status, settings), {"": second})
    good = store.last_good("people", "as stated")
    assert good is not None
    assert good.run_date == DAYS[0]
    assert store.last_good("people", "never seen") is None


def test_of_two_good_versions_the_newer_counts_and_the_older_where_its_file_is_gone(
    store: InputVersions, tmp_path: Path
) -> None:
    paths = [_file(tmp_path / name, name) for name in "ab"]
    versions = [_version(path, day) for day, path in enumerate(paths)]
    for version, path in zip(versions, paths, strict=True):
        store.keep("people", version, {"": path})
    assert store.last_good("people", "as stated") == versions[1]
    store.path_of(versions[1].files[""].sha256, versions[1].files[""].file).unlink()
    assert store.last_good("people", "as stated") == versions[0]
    store.path_of(versions[0].files[""].sha256, versions[0].files[""].file).unlink()
    assert store.last_good("people", "as stated") is None


def test_a_version_whose_copy_is_damaged_stands_in_for_none(store: InputVersions, tmp_path: Path) -> None:
    """Figures would be made of it; to know what was published its listing is enough."""
    paths = [_file(tmp_path / name, name) for name in "ab"]
    versions = [_version(path, day) for day, path in enumerate(paths)]
    for version, path in zip(versions, paths, strict=True):
        store.keep("people", version, {"": path})
    store.path_of(versions[1].files[""].sha256, versions[1].files[""].file).write_text("c")
    assert store.last_good("people", "as stated") == versions[1]
    assert store.last_good("people", "as stated", is_used=True) == versions[0]


def test_the_same_files_again_keep_the_day_of_their_first_run_and_why_they_were_approved(
    store: InputVersions, tmp_path: Path
) -> None:
    path = _file(tmp_path / "in", "1")
    store.hold("people", _version(path, 0, "held"))
    assert store.approve("people", Decided(identify(), "counted anew")).status == "approved"
    assert [each.status for each in store.versions("people")] == ["approved"]
    store.keep("people", _version(path, 1), {"": path})
    store.keep("people", _version(path, 2), {"": path})
    (only,) = store.versions("people")
    assert (only.status, only.run_date, only.because) == ("good", DAYS[1], "counted anew")


def test_the_newest_of_the_versions_held_is_approved(store: InputVersions, tmp_path: Path) -> None:
    for day, text in enumerate("abc"):
        store.hold("people", _version(_file(tmp_path / text, text), day, "held"))
    assert store.approve("people", Decided(identify(), "so it is")).run_date == DAYS[2]
    assert [each.status for each in store.versions("people")] == ["held", "held", "approved"]


def test_layers_of_which_a_version_is_held_are_listed_by_name(store: InputVersions, tmp_path: Path) -> None:
    path = _file(tmp_path / "in", "1")
    store.keep("hubs", _version(path), {"": path})
    store.hold("towers", _version(path, 0, "held"))
    store.hold("people", _version(path, 0, "held"))
    assert store.held_layers() == ["people", "towers"]


def test_files_that_no_version_lists_go_and_those_of_any_layer_stay(store: InputVersions, tmp_path: Path) -> None:
    hubs, people, nobody = (_file(tmp_path / text, text) for text in "abc")
    store.keep("hubs", _version(hubs), {"": hubs})
    store.store(_version(nobody), {"": nobody})
    kept, listed = ({_version(path).digest for path in paths} for paths in ((hubs, nobody), (hubs, people)))
    assert {each.name for each in (store.folder / "objects").iterdir()} == kept
    store.keep("people", _version(people), {"": people})
    assert {each.name for each in (store.folder / "objects").iterdir()} == listed


@pytest.mark.parametrize(
    ("old", "new"),
    [("{", "[{"), ('"sha256"', '"sha2u6"'), ('"file"', '"fyle"'), ('"sha256": "', '"sha256": "../'), ("held", "hold")],
)
def test_a_damaged_listing_is_read_from_its_copy(store: InputVersions, tmp_path: Path, old: str, new: str) -> None:
    version = _version(_file(tmp_path / "in", "1"), 0, "held")
    store.hold("people", version)
    listing = store.folder / "people.json"
    assert old in listing.read_text()
    listing.write_text(listing.read_text().replace(old, new, 1))
    assert store.versions("people") == [version]


def test_a_version_held_in_one_country_is_approved_and_of_two_one_must_be_named(tmp_path: Path) -> None:
    path = _file(tmp_path / "in", "1")
    for country, layers in (("KHM", ("people", "towers")), ("LAO", ("people",))):
        for layer in layers:
            InputVersions(tmp_path / "data", country).hold(layer, _version(path, 4, "held"))
    said = approve_version(tmp_path / "data", "towers", "checked")
    assert said == "towers: the version held on 2026-03-05 is approved; the next run uses it"
    assert InputVersions(tmp_path / "data", "KHM").held_layers() == ["people"]
    with pytest.raises(RunError, match="several countries hold a version of 'people'; name one with --country"):
        approve_version(tmp_path / "data", "people", "checked")
    approve_version(tmp_path / "data", "people", "checked", "LAO")
    assert InputVersions(tmp_path / "data", "LAO").held_layers() == []
    assert InputVersions(tmp_path / "data", "KHM").held_layers() == ["people"]
    with pytest.raises(RunError, match=r"no version of 'hubs' is held back in .*; held back: people"):
        approve_version(tmp_path / "data", "hubs", "checked")


def test_the_files_of_a_version_stand_in_for_all_of_a_layers_files(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path)
    tiny.say(country, '[[layers.hubs.also]]\npath = "a.csv"\n[[layers.hubs.also]]\npath = "b.csv"')
    held = HeldVersion("older", "d", "r", 3, {"": "/kept/hubs.csv", "also.1": "/kept/b.csv"})
    hubs = with_files(load_country(country), {"hubs": held}).layers.hubs
    assert str(hubs.path) == "/kept/hubs.csv"
    assert [file.path for file in hubs.also] == [tmp_path / "a.csv", Path("/kept/b.csv")]


def test_a_new_setting_with_its_default_leaves_the_settings_what_they_were(tmp_path: Path) -> None:
    """A version of the program that knows one more setting finds what was good or approved before it."""

    class Layer(GtfsLayer):
        new_setting: int = 3

    before = settings_of(GtfsLayer(path=tmp_path / "gtfs.zip"))
    assert settings_of(Layer(path=tmp_path / "gtfs.zip")) == before
    assert settings_of(Layer(path=tmp_path / "gtfs.zip", new_setting=4)) != before
