"""Visits of published pages: each page with all that it loads, held against the files of the run that it is of."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pandas as pd

from commune_coverage.api import run as run_pipeline
from commune_coverage.publish.publication import publish_run
from tests import tiny

LATE = ("parts/0", "updates/part-0", "updates/national", "gaps")
"""Data files of pages; some are loaded long after the page."""
_RUN = re.compile(r"[A-Z]{3}-\d{8}-[0-9a-f]{12}")
_DATA = re.compile(r"^(.*)data/communes\.js$")
Ask = Callable[[str], bytes]


class Loaded(HTMLParser):
    """The scripts and styles that a page brings along."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if name := given.get("src") if tag == "script" else given.get("href") if tag == "link" else None:
            self.names.append(name)


class Updates:
    """Updates of the tiny country whose people differ, of two editions each; any can be shown again."""

    def __init__(self, folder: Path, count: int = 2) -> None:
        self.data, self.maps = folder / "data", folder / "maps"
        country = tiny.with_few_people(tiny.write_files(folder / "in"))
        text = country.read_text()
        for old, new in (
            ('path = "towers.csv"\n', 'path = "towers.csv"\nconfidentiality = "internal"\n'),
            ('languages = ["en"]', 'languages = ["km", "en"]'),
            ('en = "Tiny"', 'en = "Tiny"\nkm = "តូច"'),
        ):
            assert old in text
            text = text.replace(old, new)
        country.write_text(text)
        villages = folder / "in/villages.csv"
        self.runs: list[str] = []
        for day in range(1, count + 1):
            table = pd.read_csv(villages)
            table.assign(people=table["people"] + day).to_csv(villages, index=False)
            done = run_pipeline(country, self.data, self.maps, date(2026, 3, day), "serial", lambda *_: None)
            self.runs.append(done.run_id)

    def show(self, number: int) -> None:
        publish_run(self.runs[number % len(self.runs)], "to look at it", self.data, self.maps)

    def files(self, edition: str, run: str) -> Path:
        return self.maps / ("internal/runs" if "internal" in edition else "runs") / run

    def mixed(self, ask: Ask, page: str, edition: str = "public", meanwhile: Callable[[], object] = bool) -> list[str]:
        """Visit a page: what it gets that is not of its own run, or not at all; ``meanwhile`` comes after its text."""
        html = ask(page).decode("utf-8")
        run = _RUN.findall(html)[0]
        meanwhile()
        brought = Loaded(html).names
        place = next(found[1] for name in brought if (found := _DATA.match(name)))
        names = list(dict.fromkeys([*brought, *(f"{place}data/{name}.js" for name in LATE)]))
        assert len(names) > 20
        own = self.files(edition, run)
        return [name for name in names if ask(name) != _content(own / name)]

    def foreign(self, run: str, loaded: Callable[[str], str]) -> list[str]:
        """Data of an open page of a run that are not that run's; ``loaded`` gives them as JSON."""
        own = self.files("public", run) / run / "data"
        scripts = {name: _content(own / f"{name}.js").decode("utf-8") for name in ("communes", *LATE)}
        values = {name: script[len(f'coverage.take("{name}",') : -len(");\n")] for name, script in scripts.items()}
        return [name for name, value in values.items() if json.loads(loaded(name)) != json.loads(value)]

    @contextmanager
    def switched(self, every_s: float) -> Iterator[list[int]]:
        """Another update is shown again and again while the block runs; the list grows by one each time."""
        stop, done, failures = threading.Event(), [], []

        def switch() -> None:
            while not stop.wait(every_s):
                try:
                    self.show(len(done))
                except BaseException as error:  # noqa: BLE001 (told below)
                    failures.append(error)
                    return
                done.append(len(done))

        thread = threading.Thread(target=switch)
        thread.start()
        try:
            yield done
        finally:
            stop.set()
            thread.join()
        assert failures == []


def from_disk(folder: Path) -> Ask:
    return lambda name: (folder / name).read_bytes()


@contextmanager
def over(address: str, certificate: Path | None = None) -> Iterator[Ask]:
    """A client of a server on loopback, who waits where he asks too often; what is not there is empty."""
    trusting = ssl.create_default_context(cafile=certificate)
    with httpx.Client(base_url=address, verify=trusting, timeout=30) as client:

        def ask(name: str) -> bytes:
            while (answer := client.get(f"/{name}")).status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(0.1)
            return answer.content if answer.is_success else b""

        yield ask


@cache
def _content(path: Path) -> bytes:
    """Of a file of a run that is in its place: it stays as it is."""
    return path.read_bytes()


class _Quiet(SimpleHTTPRequestHandler):
    def log_request(self, *_: object) -> None:
        """Visits are many."""

    log_error = log_request


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """The address of a server that knows files and nothing else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
