"""A network whose only way out is a proxy: names are looked up there, TLS is with the publisher, mirrors are direct."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from commune_coverage.core.errors import FetchError, RefusedAddressError, TemporaryError
from commune_coverage.download.http.allowlist import HostAllowlist
from commune_coverage.download.http.proxy import VARIABLE, Proxy, proxy_of_environment
from commune_coverage.download.http.request import HttpPolicy, send_request
from tests.download.faulty_server import FaultyServer, whole

QUICK = HttpPolicy(connect_s=5, read_s=5)


@dataclass
class Office:
    """A proxy on loopback that takes every name for this machine, and what it was asked."""

    port: int = 0
    answer: bytes = b"200 Connection established"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def office(**more: bytes) -> Iterator[Office]:
    proxy, listener = Office(**more), socket.create_server(("127.0.0.1", 0))
    proxy.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_serve_one, args=(proxy, client), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield proxy
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve_one(proxy: Office, client: socket.socket) -> None:
    with client:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        line, *headers = head.decode().strip().split("\r\n")
        proxy.asked.append((line, dict(header.split(": ", 1) for header in headers)))
        client.sendall(b"HTTP/1.1 " + proxy.answer + b"\r\n\r\n")
        if not proxy.answer.startswith(b"200"):
            return
        port = int(line.split()[1].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    while chunk := source.recv(4096):
        target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _unknown(_host: str, _port: int) -> list[str]:
    raise OSError


def _get(address: str, allowlist: HostAllowlist) -> bytes:
    with send_request(address, {}, allowlist, QUICK) as response:
        return response.read()


def test_a_name_that_only_the_proxy_knows_is_fetched_with_the_password_for_the_proxy_alone(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.give("/people.csv", whole(b"people"))
    with office() as proxy:
        monkeypatch.setenv(VARIABLE, f"http://anna:p%40ss@127.0.0.1:{proxy.port}")
        allowlist = HostAllowlist(frozenset({"data.example"}), frozenset(), _unknown, proxy_of_environment())
        assert _get(f"http://data.example:{server.port}/people.csv", allowlist) == b"people"
    ((line, headers),) = proxy.asked
    assert line.startswith(f"CONNECT data.example:{server.port} ")
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"anna:p@ss").decode()
    ((path, received),) = server.asked
    assert (path, received["Host"]) == ("/people.csv", f"data.example:{server.port}")
    assert "Proxy-Authorization" not in received


def test_what_is_in_a_private_network_is_never_asked_of_the_proxy(server: FaultyServer) -> None:
    server.give("/tile", whole(b"tile"))
    here = frozenset({"127.0.0.1"})
    with office() as proxy:
        way = Proxy("127.0.0.1", proxy.port)
        assert _get(server.address("/tile"), HostAllowlist(here, here, proxy=way)) == b"tile"
        with pytest.raises(RefusedAddressError, match="private network"):
            _get(server.address("/tile"), HostAllowlist(here, frozenset(), proxy=way))
        assert proxy.asked == []


def test_a_proxy_that_refuses_or_is_not_there_is_said_without_its_password() -> None:
    hosts = frozenset({"data.example"})
    with office(answer=b"407 Proxy Authentication Required") as proxy:
        way = Proxy("127.0.0.1", proxy.port)
        with pytest.raises(FetchError, match=r"the proxy refuses the way to host 'data.example' \(407\)"):
            _get("https://data.example/", HostAllowlist(hosts, frozenset(), _unknown, way))
    with pytest.raises(TemporaryError, match="cannot be reached through the proxy"):
        _get("https://data.example/", HostAllowlist(hosts, frozenset(), _unknown, way))
    assert "secret" not in repr(Proxy("proxy", 1, {"Proxy-Authorization": "secret"}))


@pytest.mark.parametrize("stated", ["proxy:3128", "https://proxy", "http://", "http://proxy:port", "http://proxy/path"])
def test_what_is_no_address_of_a_proxy_is_refused(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, stated)
    with pytest.raises(FetchError, match=f"{VARIABLE} is not an address such as"):
        proxy_of_environment()


def test_without_the_variable_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert proxy_of_environment() is None
