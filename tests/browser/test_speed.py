"""How soon a page can be used: a slow phone with 1,650 communes, a desk with 20,000; into build/page_speed.csv."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from commune_coverage.site.build import write_site
from tests.browser.conftest import DESK, FILLED, PAGES, PHONE, offline_pages
from tests.site.invented import beside_of, commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.bench, pytest.mark.xdist_group("browser")]

SLOW_PHONE, AS_IT_IS = 4, 1  # times slower than this machine
AT_REST = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    def write(rows: int, columns: int) -> Path:
        table = commune_grid(rows, columns)
        bent = shapely.transform(
            shapely.segmentize(table.geometry.array, 0.1 / 20), lambda xy: xy + 0.02 * np.sin(xy[:, ::-1] * 40)
        )
        folder = tmp_path_factory.mktemp(f"grid{rows}")
        write_site(table.assign(geometry=bent), make_report(), folder, beside_of(table))
        return folder

    return write


def seconds_until_usable(browser: Browser, folder: Path, size: tuple[int, int], rate: int) -> dict[str, float]:
    """By page the seconds until its table or cards are there and the page has drawn and rests.

    Processor seconds of the page's own thread, ``rate`` times: what else the machine does is not in them.
    """
    found = {}
    for name in PAGES:
        with offline_pages(browser, []) as make:
            page = make("about:blank", size)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(f"{folder.as_uri()}/{name}.html#commune=000010&lang=en", wait_until="commit")
            page.locator(FILLED).first.wait_for()
            page.evaluate(AT_REST)
            metrics = session.send("Performance.getMetrics")["metrics"]
            found[name] = rate * next(one["value"] for one in metrics if one["name"] == "TaskDuration")
    return found


@pytest.mark.parametrize(
    ("rows", "columns", "size", "rate", "limit_s"), [(33, 50, PHONE, SLOW_PHONE, 3), (100, 200, DESK, AS_IT_IS, 6)]
)
def test_pages_are_soon_usable(
    browser: Browser,
    country: Callable[[int, int], Path],
    rows: int,
    columns: int,
    size: tuple[int, int],
    rate: int,
    limit_s: float,
    pytestconfig: pytest.Config,
) -> None:
    found = seconds_until_usable(browser, country(rows, columns), size, rate)
    table = pytestconfig.rootpath / "build" / "page_speed.csv"
    table.parent.mkdir(exist_ok=True)
    with table.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{rows * columns},{rate},{name},{seconds:.2f}\n" for name, seconds in found.items())
    assert max(found.values()) < limit_s, found
