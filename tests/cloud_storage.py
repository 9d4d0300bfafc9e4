"""The XML interface of Cloud Storage, as far as it is used, before a server that knows only JSON.

fake-gcs-server refuses the requests that obstore and deltalake make, so this translates them. What
the store must guarantee (conditions on generations) is fake-gcs-server's work, not done here.
"""

import base64
import json
import sys
import uuid
from datetime import datetime
from email.utils import format_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape

Json = dict[str, Any]
_JSON = "/storage/v1"


class CloudStorage(ThreadingHTTPServer):
    """Answers XML requests by JSON requests to a server on this machine.

    It is a process of its own: deltalake keeps all threads of its process waiting while it waits
    for some answers.
    """

    daemon_threads = True

    def __init__(self, json_address: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.json_server = urlsplit(json_address).netloc
        self.uploads: dict[str, dict[int, bytes]] = {}

    @property
    def address(self) -> str:
        """What clients use."""
        return f"http://127.0.0.1:{self.server_port}"

    def ask(
        self, method: str, path: str, content: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """Asks the JSON server."""
        connection = HTTPConnection(self.json_server, timeout=60)
        connection.request(method, path, content, {"Content-Type": kind})
        answer = connection.getresponse()
        found = answer.read()
        connection.close()
        return answer.status, found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer in one packet
    server: CloudStorage

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(address.query, keep_blank_values=True).items()}
        bucket, _, key = address.path.lstrip("/").partition("/")
        if "list-type" in query:
            self._list(bucket, query)
        elif self.command in {"GET", "HEAD"}:
            self._read(bucket, unquote(key))
        elif self.command == "DELETE" and "uploadId" in query:
            self.server.uploads.pop(query["uploadId"], None)
            self._send(204)
        elif self.command == "DELETE":
            status, _ = self.server.ask("DELETE", _object(bucket, unquote(key)))
            self._send(204 if status == 200 else status)
        elif "x-goog-copy-source" in self.headers:
            self._copy(bucket, unquote(key))
        elif "uploadId" in query or "uploads" in query:
            self._part(bucket, unquote(key), query, content)
        else:
            self._write(bucket, unquote(key), content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - what http.server asks

    def _write(self, bucket: str, key: str, content: bytes, *, is_last_part: bool = False) -> None:
        prefix = "x-goog-meta-"
        metadata = {
            name.lower().removeprefix(prefix): value
            for name, value in self.headers.items()
            if name.lower().startswith(prefix)
        }
        border = uuid.uuid4().hex
        facts = json.dumps({"name": key, "metadata": metadata}).encode()
        parts = b"".join(
            b"--%s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (border.encode(), kind, part)
            for kind, part in ((b"application/json", facts), (b"application/octet-stream", content))
        )
        status, answer = self.server.ask(
            "POST",
            f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart{self._condition()}",
            parts + b"--%s--" % border.encode(),
            f"multipart/related; boundary={border}",
        )
        if status != 200:
            self._send(status)
            return
        found, body = json.loads(answer), ""
        if is_last_part:
            body = f"<ETag>{escape(_etag(found))}</ETag>"
            body = f"<CompleteMultipartUploadResult>{body}</CompleteMultipartUploadResult>"
        self._send(status, found, body.encode())

    def _copy(self, bucket: str, key: str) -> None:
        source_bucket, _, source = unquote(self.headers["x-goog-copy-source"]).partition("/")
        if self._condition():  # which fake-gcs-server ignores when it copies
            path = f"{_object(source_bucket, source)}?alt=media"
            self._write(bucket, key, self.server.ask("GET", path)[1])
            return
        target = _object(bucket, key).removeprefix(_JSON)
        path = f"{_object(source_bucket, source)}/rewriteTo{target}"
        self._send(self.server.ask("POST", path, b"{}")[0])

    def _part(self, bucket: str, key: str, query: dict[str, str], content: bytes) -> None:
        if "uploads" in query:
            name = uuid.uuid4().hex
            self.server.uploads[name] = {}
            answer = f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId>"
            self._send(200, None, f"{answer}</InitiateMultipartUploadResult>".encode())
        elif "partNumber" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = content
            self.send_response_only(200)
            self.send_header("ETag", f'"{query["partNumber"]}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            parts = self.server.uploads.pop(query["uploadId"])
            whole = b"".join(parts[number] for number in sorted(parts))
            self._write(bucket, key, whole, is_last_part=True)

    def _read(self, bucket: str, key: str) -> None:
        status, answer = self.server.ask("GET", _object(bucket, key))
        if status != 200:
            self._send(status)
            return
        found = json.loads(answer)
        if self.headers.get("If-Match", _etag(found)) != _etag(found):
            self._send(412)
            return
        if self.command == "HEAD":
            self._send(200, found, size=int(found["size"]))
            return
        path = f"{_object(bucket, key)}?alt=media&generation={found['generation']}"
        status, content = self.server.ask("GET", path)
        begin, end = 0, len(content)
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last) + 1 if last else end, end)
            if begin >= len(content):
                self._send(416)
                return
            self.range = f"bytes {begin}-{end - 1}/{len(content)}"
            status = 206
        self._send(status, found, content[begin:end])

    def _list(self, bucket: str, query: dict[str, str]) -> None:
        asked = {"prefix": query.get("prefix", ""), "maxResults": "1000"}
        for ours, theirs in (("delimiter", "delimiter"), ("continuation-token", "pageToken")):
            if ours in query:
                asked[theirs] = query[ours]
        after = query.get("start-after", "")
        if after:
            asked["startOffset"] = after
        status, answer = self.server.ask("GET", f"{_JSON}/b/{bucket}/o?{urlencode(asked)}")
        if status != 200:
            self._send(status, None, b"<Error><Code>NoSuchBucket</Code></Error>")
            return
        found = json.loads(answer)
        token = found.get("nextPageToken", "")
        lines = ["<ListBucketResult>", f"<IsTruncated>{str(bool(token)).lower()}</IsTruncated>"]
        lines += [f"<NextContinuationToken>{escape(token)}</NextContinuationToken>"] * bool(token)
        for item in found.get("items", []):
            if item["name"] > after:
                lines += [
                    f"<Contents><Key>{escape(item['name'])}</Key><Size>{item['size']}</Size>",
                    f"<LastModified>{item['updated']}</LastModified>",
                    f"<ETag>{escape(_etag(item))}</ETag></Contents>",
                ]
        for prefix in found.get("prefixes", []):
            lines.append(f"<CommonPrefixes><Prefix>{escape(prefix)}</Prefix></CommonPrefixes>")
        self._send(200, None, "".join([*lines, "</ListBucketResult>"]).encode())

    def _condition(self) -> str:
        wanted = self.headers.get("x-goog-if-generation-match")
        return f"&ifGenerationMatch={wanted}" if wanted is not None else ""

    def _send(
        self, status: int, found: Json | None = None, content: bytes = b"", size: int | None = None
    ) -> None:
        self.send_response_only(status)
        if found is not None:
            written_at = datetime.fromisoformat(found["updated"])
            self.send_header("ETag", _etag(found))
            self.send_header("x-goog-generation", found["generation"])
            self.send_header("Last-Modified", format_datetime(written_at, usegmt=True))
            for name, value in (found.get("metadata") or {}).items():
                self.send_header(f"x-goog-meta-{name}", value)
        if status == 206:
            self.send_header("Content-Range", self.range)
        self.send_header("Content-Length", str(len(content) if size is None else size))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


def _object(bucket: str, key: str) -> str:
    return f"{_JSON}/b/{bucket}/o/{quote(key, safe='')}"


def _etag(found: Json) -> str:
    """As the XML interface has it: the MD5 of the bytes."""
    return f'"{base64.b64decode(found["md5Hash"]).hex()}"'


if __name__ == "__main__":
    with CloudStorage(sys.argv[1], int(sys.argv[2])) as server:
        print("Cloud Storage is at", server.address, flush=True)
        server.serve_forever()
