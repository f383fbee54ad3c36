"""Requests stay with hosts that the catalogue names, and out of private networks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from commune_coverage.core.errors import RefusedAddressError
from commune_coverage.download.http.allowlist import HostAllowlist, allowlist_of
from commune_coverage.download.scheduler import fetch_sources
from commune_coverage.download.task import Request
from commune_coverage.download.versions import SourceStore
from tests.download.faulty_server import FaultyServer, faulty_server, status, whole
from tests.download.trials import Clock, cells, objects, source

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "169.254.169.254",
    "100.64.0.1",
    "0.1.2.3",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "224.0.0.1",
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_private_address_is_refused_unless_named(ip: str) -> None:
    hosts = frozenset({"data.example"})
    with pytest.raises(RefusedAddressError, match="private network"):
        HostAllowlist(hosts, frozenset(), lambda host, port: ["9.9.9.9", ip]).admit("https://data.example/file")
    assert HostAllowlist(hosts, hosts, lambda host, port: [ip]).admit("https://data.example/file").ips == (ip,)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://data.example/x",
        "file:///etc/passwd",
        "https://other.example/x",
        "https://user@data.example/x",
        "https://data.example/\u17a0",
        "https://data.example:port/x",
        "https://[data.example/x",
        "//data.example/x",
        "https://data.example/a\nHost: b",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(RefusedAddressError):
        HostAllowlist(frozenset({"data.example"}), frozenset(), lambda host, port: ["9.9.9.9"]).admit(address)


def test_own_host_of_a_row_may_not_be_private(server: FaultyServer) -> None:
    with pytest.raises(RefusedAddressError, match="private network"):
        allowlist_of(source(server, allowed_hosts=[])).admit(server.address("/cells"))


@pytest.mark.parametrize(
    "location", ["http://localhost:{port}/secret", "http://10.0.0.1/", "http://169.254.169.254/latest", "http://["]
)
def test_redirect_to_a_private_address_is_refused(location: str, server: FaultyServer, store: SourceStore) -> None:
    server.give("/secret", whole(cells()))
    server.give("/cells", status(302, {"Location": location.format(port=server.port)}))
    [outcome] = fetch_sources([Request(source(server))], store, context=Clock().context())
    assert outcome.status == "failed"
    assert "refused" in outcome.sentence
    assert [path for path, _ in server.asked] == ["/cells"]
    assert objects(store) == []


def test_redirect_within_allowed_hosts_is_followed(server: FaultyServer, store: SourceStore) -> None:
    server.give("/dated", whole(cells()))
    server.give("/cells", status(302, {"Location": "/dated"}))
    [outcome] = fetch_sources([Request(source(server))], store, context=Clock().context())
    assert outcome.status == "fetched"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_certificates_are_checked_and_https_is_not_left(
    store: SourceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-subj",
            "/CN=local",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )
    sentences = []
    with faulty_server((certificate, key)) as server:
        server.give("/cells", whole(cells()), status(302, {"Location": server.address("/").replace("https", "http")}))
        for trusted in (tmp_path / "none.pem", certificate, certificate):
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            [outcome] = fetch_sources([Request(source(server))], store, context=Clock().context())
            sentences.append(outcome.sentence)
    assert "certificate" in sentences[0]
    assert "bytes" in sentences[1]
    assert "down from HTTPS" in sentences[2]


def test_redirects_in_a_circle_end(server: FaultyServer, store: SourceStore) -> None:
    server.give("/cells", status(302, {"Location": "/cells"}))
    [outcome] = fetch_sources([Request(source(server))], store, context=Clock().context())
    assert "circle" in outcome.sentence
