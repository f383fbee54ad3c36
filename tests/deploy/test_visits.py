"""Whoever opens a page gets files of its own update, whatever is published meanwhile, and is told of a newer one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.deploy.conftest import Web
from tests.deploy.visits import Ask, Updates, from_disk, over, plain_server

pytestmark = pytest.mark.xdist_group("web")
PAGES = ("index.html", "internet.html", "commune.html")


@pytest.fixture(scope="module")
def updates(web: Web) -> Updates:
    (web.folder / "maps/latest").rmdir()
    return Updates(web.folder)


@contextmanager
def reader(web: Web, updates: Updates, way: str) -> Iterator[Ask]:
    """Who asks for the pages: of a disk, of a plain server, of nginx."""
    folder = updates.maps / ("internal/latest" if "internal" in way else "latest")
    if "disk" in way:
        yield from_disk(folder)
    elif "plain" in way:
        with plain_server(folder) as address, over(address) as ask:
            yield ask
    else:
        with over(web.address, web.folder / "tls/certificate.pem") as ask:
            yield ask


@pytest.mark.parametrize("way", ["disk", "internal, disk", "plain server", "internal, plain server", "nginx"])
def test_a_page_that_is_read_before_a_switch_gets_files_of_its_own_update(web: Web, updates: Updates, way: str) -> None:
    updates.show(0)
    with reader(web, updates, way) as ask:
        for number, page in enumerate(PAGES, 1):
            assert updates.mixed(ask, page, way, lambda number=number: updates.show(number)) == [], page


@pytest.mark.parametrize(
    ("way", "visits"),
    [
        ("nginx", 40),
        pytest.param("nginx", 1000, marks=pytest.mark.long),
        pytest.param("plain server", 3500, marks=pytest.mark.long),
        pytest.param("internal, plain server", 500, marks=pytest.mark.long),
    ],
)
def test_no_visit_mixes_two_updates_while_publications_are_switched(
    web: Web, updates: Updates, way: str, visits: int, record_property: Callable[[str, object], None]
) -> None:
    with reader(web, updates, way) as ask, updates.switched(0.3) as switches:
        mixed = [found for visit in range(visits) if (found := updates.mixed(ask, PAGES[visit % len(PAGES)], way))]
    assert mixed == []
    record_property("switches", len(switches))
    assert switches
