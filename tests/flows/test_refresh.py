"""The run fetches first; a token in a Secret block reaches the publisher and nothing else."""

from __future__ import annotations

import json
import logging
import shutil
import traceback
from datetime import date
from pathlib import Path

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client

from pipelines.nightly import nightly
from pipelines.refresh import refresh
from tests.download.faulty_server import FaultyServer, faulty_server, status, whole
from tests.download.trials import TOKEN, cells, everything_written, with_token

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect_here")]

BLOCKS = {"OPENCELLID_TOKEN": "opencellid-token"}


@pytest.fixture
def publisher():
    with faulty_server() as server:
        yield server


@pytest.fixture
def country(tiny_country: Path, publisher: FaultyServer) -> Path:
    row = with_token(publisher).model_dump(mode="json", exclude_defaults=True)
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items())
    (tiny_country.parent / "catalogue.toml").write_text(f"[[source]]\n{lines}")
    text = tiny_country.read_text().replace(
        'path = "towers.csv"\n', 'path = "towers.csv"\nsource = { id = "cells", values = { mcc = "456" } }\n'
    )
    tiny_country.write_text('catalogue = "catalogue.toml"\n' + text)
    Secret(value=TOKEN).save(BLOCKS["OPENCELLID_TOKEN"], overwrite=True, _sync=True)
    return tiny_country


def _prefect_knows() -> str:
    """All that the server can tell of runs, their parameters and artifacts."""
    with get_client(sync_client=True) as client:
        return repr([client.read_flow_runs(), client.read_artifacts()])


def test_the_run_fetches_first_and_goes_on_when_it_cannot(country, publisher, tmp_path, caplog) -> None:
    publisher.give("/cells", status(404))
    shutil.copy(country.parent / "towers.csv", tmp_path / "before.csv")
    with caplog.at_level(logging.DEBUG):
        nightly(country, tmp_path / "d", tmp_path / "m", "serial", date(2026, 11, 22), True, BLOCKS)
    assert (tmp_path / "d/latest/commune_gaps.csv").is_file()
    assert (country.parent / "towers.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()
    assert len(publisher.asked) == 1


def test_the_token_is_asked_with_and_appears_nowhere(country, publisher, tmp_path, caplog, capfd, monkeypatch) -> None:
    publisher.give("/cells", whole(cells()))
    with caplog.at_level(logging.DEBUG):
        refresh(country, tmp_path / "d", BLOCKS)
        publisher.give("/cells", whole(b"INVALID_TOKEN"))
        refresh(country, tmp_path / "d", BLOCKS)
        monkeypatch.setattr("commune_coverage.download.country._put", _fails)
        with pytest.raises(ZeroDivisionError) as error:
            refresh(country, tmp_path / "d", BLOCKS)
    assert len(publisher.asked) == 3
    alert_on_exit = (
        "".join(traceback.format_exception(error.value)) + caplog.text + "".join(capfd.readouterr()) + _prefect_knows()
    )
    assert TOKEN not in "".join(alert_on_exit)
    assert TOKEN.encode() not in everything_written(tmp_path)


def _fails(*_: object) -> None:
    raise ZeroDivisionError
