"""A publisher on 127.0.0.1 whose every answer a test chooses."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class FaultyServer:
    """``answers`` maps a path to what is done for its requests: the last of a list repeats."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.scheme = scheme
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.queries: list[str] = []

    def address(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def give(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        self.queries.append(query)
        self.asked.append((path, dict(request.headers.items())))
        waiting = self.answers.get(path, [status(404)])
        response = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        response(request)


@contextmanager
def faulty_server(certificate_and_key: tuple[Path, Path] | None = None) -> Iterator[FaultyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                server.handle(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Listening(ThreadingHTTPServer):
        def get_request(self) -> tuple[Any, Any]:
            plain, client = self.socket.accept()
            if certificate_and_key is None:
                return plain, client
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate_and_key)
            try:
                return context.wrap_socket(plain, server_side=True), client
            except OSError:
                plain.close()
                raise

    with Listening(("127.0.0.1", 0), Handler) as listening:
        server = FaultyServer(listening.server_address[1], "https" if certificate_and_key else "http")
        thread = Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def status(code: int, headers: dict[str, str] | None = None) -> Answer:
    def response(request: BaseHTTPRequestHandler) -> None:
        _send(request, code, {"Content-Length": "0", **(headers or {})}, b"")

    return response


def whole(body: bytes, headers: dict[str, str] | None = None) -> Answer:
    def response(request: BaseHTTPRequestHandler) -> None:
        _send(request, 200, {"Content-Length": str(len(body)), **(headers or {})}, body)

    return response


def versioned(body: bytes, cut_after: int | None = None) -> Answer:
    """A file with ETag, ranges and conditions; with ``cut_after`` the connection ends after that many bytes."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'

    def response(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers
        facts = {"ETag": etag, "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
        if asked.get("If-None-Match") == etag:
            _send(request, 304, facts, b"")
        elif asked.get("Range") and asked.get("If-Range") == etag:
            start = int(asked["Range"].removeprefix("bytes=").removesuffix("-"))
            facts |= {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            _send(request, 206, {**facts, "Content-Length": str(len(body) - start)}, body[start:])
        else:
            _send(request, 200, {**facts, "Content-Length": str(len(body))}, body[:cut_after])

    return response


def needs_user_agent(then: Answer) -> Answer:
    def response(request: BaseHTTPRequestHandler) -> None:
        polite = "commune-coverage/" in request.headers.get("User-Agent", "") and "Accept" in request.headers
        (then if polite else status(406))(request)

    return response


def _send(request: BaseHTTPRequestHandler, code: int, headers: dict[str, str], body: bytes) -> None:
    request.send_response(code)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
    request.close_connection = True
