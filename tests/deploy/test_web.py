"""nginx serves the maps under a policy that lets them work and nothing else run."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
from playwright.sync_api import Browser

from commune_coverage.site.build import write_site
from tests.deploy.conftest import Web
from tests.deploy.pages import PAGES, troubles_of
from tests.site.invented import beside_of, commune_grid, make_report

pytestmark = pytest.mark.xdist_group("web")
RUN = "XXX-20261122-0123456789ab"
DRAWN = 19  # one of the twenty has no shape


@pytest.fixture(scope="module", autouse=True)
def site(web: Web) -> None:
    folder = web.folder / "maps/latest"
    table = commune_grid()
    write_site(table, make_report(run_id=RUN), folder, beside_of(table))
    (folder / ".hidden").write_text("no")
    page = (folder / "internet.html").read_text()
    smuggled = "<script>window.smuggled = true</script><b onclick='window.smuggled = true'>x</b>"
    (folder / "smuggled.html").write_text(page.replace("</body>", f"{smuggled}</body>"))


def ask(web: Web, path: str, method: str = "GET", port: int | None = None) -> tuple[int, dict[str, str]]:
    """Status and headers."""
    if port is None:
        trusting = ssl.create_default_context(cafile=web.folder / "tls/certificate.pem")
        connection = http.client.HTTPSConnection("localhost", web.https_port, context=trusting)
    else:
        connection = http.client.HTTPConnection("localhost", port)
    connection.request(method, path)
    answer = connection.getresponse()
    connection.close()
    return answer.status, dict(answer.getheaders())


def test_http_leads_to_https(web: Web) -> None:
    status, headers = ask(web, "/internet.html?a=1", port=web.http_port)
    assert (status, headers["Location"]) == (301, f"{web.address}/internet.html?a=1")


@pytest.mark.parametrize("path", [*(f"/{name}" for name in PAGES), "/", f"/{RUN}/assets/leaflet/leaflet.js", "/absent"])
def test_every_answer_comes_with_the_policy_and_without_a_version(web: Web, path: str) -> None:
    status, headers = ask(web, path)
    assert status == (404 if path == "/absent" else 200)
    assert headers["Server"] == "nginx"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert not any(place in " ".join(policy.values()) for place in ("unsafe", "http", "*", "eval"))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        (f"/{RUN}/", "GET", 403),
        (f"/{RUN}/assets/page/", "GET", 403),
        ("/.hidden", "GET", 404),
        ("/", "POST", 403),
        ("/", "TRACE", 405),
        ("/", "HEAD", 200),
    ],
)
def test_nothing_is_listed_hidden_files_stay_hidden_and_nothing_is_taken(web: Web, path, method, status) -> None:
    assert ask(web, path, method)[0] == status


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/internet.html", "no-cache"),
        ("/update.json", "no-cache"),
        (f"/{RUN}/data/gaps.js", "max-age=86400, immutable"),
        (f"/{RUN}/assets/page/base.css", "max-age=86400, immutable"),
        (f"/{RUN}/data/absent.js", "no-cache"),
        (f"/{RUN}/data/", "no-cache"),
    ],
)
def test_what_has_its_run_in_the_address_is_kept_and_nothing_else(web: Web, path: str, kept: str) -> None:
    assert ask(web, path)[1]["Cache-Control"] == kept


def test_nobody_who_asks_for_what_is_not_there_is_written_down(web: Web) -> None:
    assert [ask(web, "/absent")[0], ask(web, f"/{RUN}/assets/")[0], ask(web, "/", "POST")[0]] == [404, 403, 403]
    assert "127.0.0.1" not in web.log.read_text()


@pytest.mark.long
def test_who_asks_without_end_or_says_nothing_is_turned_away(web: Web) -> None:
    trusting = ssl.create_default_context(cafile=web.folder / "tls/certificate.pem")
    with socket.create_connection(("localhost", web.http_port), timeout=30) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        assert slow.recv(1) == b""
    connection, found = http.client.HTTPSConnection("localhost", web.https_port, context=trusting), set()
    for _ in range(3000):
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        answer.read()
        found.add(answer.status)
    connection.close()
    assert found == {200, 429}
    assert "127.0.0.1" not in web.log.read_text()


@pytest.mark.browser
def test_the_pages_work_under_the_policy(web: Web, browser: Browser) -> None:
    assert troubles_of(browser, web.address, DRAWN) == []


@pytest.mark.browser
def test_a_smuggled_script_does_not_run(web: Web, browser: Browser) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{web.address}/smuggled.html")
    page.locator("path.leaflet-interactive").first.wait_for(state="attached")
    page.locator("b", has_text="x").dispatch_event("click")
    assert page.evaluate("window.smuggled") is None
    for what in ("inline script", "inline event handler"):
        assert any(f"Executing {what} violates the following Content Security Policy" in text for text in refused)
