"""Object stores on 127.0.0.1: what of the S3 and Google protocols a reader without keys asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.download.faulty_server import Answer

CHANGED = "2026-10-21T08:00:00.000Z"


class ObjectServer:
    """``objects`` maps 'bucket/key' to bytes. ``faults`` take the place of the next answers with bytes."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.objects: dict[str, bytes] = {}
        self.faults: list[Answer] = []
        self.ranges: list[tuple[str, str]] = []
        self.sent_bytes = 0

    def handle(self, request: BaseHTTPRequestHandler, with_body: bool) -> None:
        parts = urlsplit(request.path)
        path, query = unquote(parts.path).lstrip("/"), {k: v[0] for k, v in parse_qs(parts.query).items()}
        if path.startswith(("storage/", "download/")):
            self._google(request, path, query)
        elif "list-type" in query:
            self._list(request, path.rstrip("/"), query)
        elif path not in self.objects:
            _send(request, 404, {}, b"<Error><Code>NoSuchKey</Code></Error>" if with_body else b"")
        elif with_body and self.faults:
            self.faults.pop(0)(request)
        else:
            self._give(request, path, with_body)

    def _give(self, request: BaseHTTPRequestHandler, path: str, with_body: bool) -> None:
        body, asked = self.objects[path], request.headers.get("Range", "")
        facts = {"ETag": f'"{_etag(body)}"', "Last-Modified": "Wed, 21 Oct 2026 08:00:00 GMT", "Accept-Ranges": "bytes"}
        if not with_body:
            _send(request, 200, {**facts, "Content-Length": str(len(body))}, b"")
            return
        self.ranges.append((path, asked))
        code = 200
        if asked:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, stop = (int(first), int(last or len(body) - 1)) if first else (len(body) - int(last), len(body) - 1)
            stop = min(stop, len(body) - 1)
            facts["Content-Range"] = f"bytes {start}-{stop}/{len(body)}"
            code, body = 206, body[start : stop + 1]
        self.sent_bytes += len(body)
        _send(request, code, facts, body)

    def _list(self, request: BaseHTTPRequestHandler, bucket: str, query: dict[str, str]) -> None:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        keys = [
            path.removeprefix(f"{bucket}/") for path in sorted(self.objects) if path.startswith(f"{bucket}/{prefix}")
        ]
        deep = [key for key in keys if delimiter and delimiter in key[len(prefix) :]]
        folders = sorted({prefix + key[len(prefix) :].split(delimiter)[0] + delimiter for key in deep})
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{CHANGED}</LastModified>"
            f"<ETag>&quot;{_etag(self.objects[f'{bucket}/{key}'])}&quot;</ETag>"
            f"<Size>{len(self.objects[f'{bucket}/{key}'])}</Size></Contents>"
            for key in keys
            if key not in deep
        )
        common = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        head = f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        count = f"<KeyCount>{len(keys) - len(deep) + len(folders)}</KeyCount><MaxKeys>1000</MaxKeys>"
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = (
            f'<?xml version="1.0"?><ListBucketResult xmlns="{space}">{head}{count}{contents}{common}</ListBucketResult>'
        )
        _send(request, 200, {"Content-Type": "application/xml"}, body.encode())

    def _google(self, request: BaseHTTPRequestHandler, path: str, query: dict[str, str]) -> None:
        bucket, _, key = path.partition("/b/")[2].partition("/o")
        key = key.lstrip("/")
        if not key:
            prefix = query.get("prefix", "")
            items = [self._said(name) for name in sorted(self.objects) if name.startswith(f"{bucket}/{prefix}")]
            _send(request, 200, {"Content-Type": "application/json"}, json.dumps({"items": items}).encode())
        elif f"{bucket}/{key}" not in self.objects:
            _send(request, 404, {"Content-Type": "application/json"}, b'{"error": {"code": 404, "message": "no"}}')
        elif query.get("alt") == "media" or path.startswith("download/"):
            if self.faults:
                self.faults.pop(0)(request)
            else:
                self._give(request, f"{bucket}/{key}", True)
        else:
            said = json.dumps(self._said(f"{bucket}/{key}")).encode()
            _send(request, 200, {"Content-Type": "application/json"}, said)

    def _said(self, name: str) -> dict[str, str]:
        bucket, _, key = name.partition("/")
        body = self.objects[name]
        return {
            "kind": "storage#object",
            "bucket": bucket,
            "name": key,
            "size": str(len(body)),
            "updated": CHANGED,
            "timeCreated": CHANGED,
            "etag": _etag(body),
            "generation": "1",
            "storageClass": "STANDARD",
        }


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle(with_body=True)

        def do_HEAD(self) -> None:
            self._handle(with_body=False)

        def _handle(self, with_body: bool) -> None:
            try:
                server.handle(self, with_body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server = ObjectServer(listening.server_address[1])
        thread = Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _send(request: BaseHTTPRequestHandler, code: int, headers: dict[str, str], body: bytes) -> None:
    request.send_response(code)
    for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
    request.close_connection = True
