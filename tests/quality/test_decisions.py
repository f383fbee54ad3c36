"""Who may decide, what takes two persons, and what of it is on record."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commune_coverage.archive.record_checks import find_broken_decision
from commune_coverage.core.errors import CountryFileError, RunError
from commune_coverage.core.identity import Identity, identify
from commune_coverage.core.state.declared import MANIFEST
from commune_coverage.quality import approve, decisions
from commune_coverage.quality.approve import approve_version
from commune_coverage.quality.decisions import Decided, decisions_in, list_decisions, order, record_decision
from commune_coverage.quality.input_versions import InputVersion, InputVersions

RUN = {"run": "KHM-1"}


def _by(login: str, because: str = "it is right") -> Decided:
    """Somebody who logged in under a name and works as the service, as with sudo."""
    return Decided(Identity("service", login, ""), because)


def _shows(data: Path, **rules: Any) -> Path:
    """A run is shown whose country file has these rules."""
    content = {"run_id": "KHM-1", "run_date": "2026-03-01", "inputs": {}, "versions": {}}
    MANIFEST.write(data / "latest/manifest.json", content | {"configuration": {"decisions": rules}})
    return data


def test_without_rules_anybody_decides_at_once(tmp_path: Path) -> None:
    assert order(tmp_path, "publish", RUN, _by("anna")) == _by("anna")
    assert decisions_in(tmp_path) == []


def test_only_those_who_are_named_may(tmp_path: Path) -> None:
    data = _shows(tmp_path, publish=["anna", "@root"])
    assert order(data, "publish", RUN, _by("anna")) is not None
    assert order(data, "approve", RUN, _by("berta")) is not None
    with pytest.raises(RunError, match="'berta' is none of those who may publish"):
        order(data, "publish", RUN, _by("berta"))
    with pytest.raises(RunError, match="'service' is none of those"):
        order(data, "publish", RUN, _by(""))
    assert order(data, "publish", RUN, _by("root")) is not None


def test_rules_of_the_machine_hold_whatever_the_country_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, machine, further = _shows(tmp_path, publish=["anna"]), tmp_path / "machine.toml", tmp_path / "further.toml"
    monkeypatch.setattr(decisions, "DEPLOYMENT_FILE", machine)
    monkeypatch.setenv(decisions.VARIABLE, str(further))
    machine.write_text('publish = ["berta"]')
    further.write_text("")
    for name in ("anna", "berta"):
        with pytest.raises(RunError, match="is none of those"):
            order(data, "publish", RUN, _by(name))
    machine.write_text('second_person = ["publish"]')
    assert order(data, "publish", RUN, _by("anna")) is None
    further.write_text('publisch = ["anna"]')
    with pytest.raises(CountryFileError, match="did you mean 'publish'"):
        order(data, "publish", RUN, _by("anna"))


def test_a_second_person_is_another_account_and_an_order_is_taken_up_once(tmp_path: Path) -> None:
    data = _shows(tmp_path, second_person=["publish"])
    assert order(data, "publish", RUN, _by("anna", "announced")) is None
    with pytest.raises(RunError, match="'anna' has ordered this already"):
        order(data, "publish", RUN, Decided(Identity("root", "anna", "Berta"), "again"))
    assert order(data, "publish", {"run": "KHM-2"}, _by("berta")) is None, "another run is another order"
    second = order(data, "publish", RUN, _by("berta", "seen"))
    assert second == _by("berta", "seen")._replace(proposal=1)
    record_decision(data, "published by hand", RUN, second)
    assert order(data, "publish", RUN, _by("berta")) is None, "the next time takes two persons again"
    names = ("event", "because", "proposal")
    kept = [(entry["who"]["login"], *(entry[name] for name in names)) for entry in decisions_in(data)]
    assert kept[0] == ("anna", "proposed", "announced", 0)
    assert kept[2] == ("berta", "published by hand", "seen", 1)
    assert find_broken_decision(data, tmp_path / "maps") == ""
    assert 'by berta, because "seen", second to entry 1' in list_decisions(data, as_json=False).splitlines()[2]


def test_a_record_that_cannot_be_read_lets_nobody_be_the_second(tmp_path: Path) -> None:
    data = _shows(tmp_path, second_person=["publish"])
    order(data, "publish", RUN, _by("anna"))
    (data / "history/decisions.jsonl").write_text("{")
    with pytest.raises(RunError, match="the record of decisions is damaged: entry 1 cannot be read"):
        order(data, "publish", RUN, _by("berta"))
    assert find_broken_decision(data, tmp_path / "maps") == "entry 1 cannot be read"


def test_a_name_that_is_stated_stands_beside_the_account(tmp_path: Path) -> None:
    record_decision(tmp_path, "layer approved", {"layer": "towers"}, Decided(identify("Anna B.\x1b[31m"), "seen"))
    (entry,) = decisions_in(tmp_path)
    assert entry["who"]["user"] == identify().user
    assert "\x1b" not in entry["who"]["stated"]
    assert f"layer towers; by {identify().name} (Anna B." in list_decisions(tmp_path, as_json=False)


def test_a_version_that_needs_two_persons_is_let_in_by_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, store = _shows(tmp_path, second_person=["approve"]), InputVersions(tmp_path, "KHM")
    version = InputVersion(digest="a", settings="b", status="held", run_date=date(2026, 3, 1), reason="half the people")
    store.hold("people", version)
    assert approve_version(data, "people", "counted anew").startswith(
        "people: recorded; it counts once a second person"
    )
    with pytest.raises(RunError, match="has ordered this already"):
        approve_version(data, "people", "really", stated="Berta")
    assert store.held_layers() == ["people"]
    monkeypatch.setattr(approve, "identify", lambda stated: Identity("service", "berta", stated))
    assert "is approved; the next run uses it" in approve_version(data, "people", "seen")
    assert store.held_layers() == []
    assert [entry["event"] for entry in decisions_in(data)] == ["layer held", "proposed", "layer approved"]
