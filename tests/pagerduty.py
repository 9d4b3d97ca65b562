"""What stands in for PagerDuty: an HTTP server on loopback that keeps what it is sent and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# PagerDuty's own bodies, from its Events API v2 documentation.
_BODIES = {
    202: {"status": "success", "message": "Event processed", "dedup_key": "key"},
    400: {"status": "invalid event", "message": "Event object is invalid", "errors": ["'payload.source' is missing"]},
}


@dataclass
class PagerDutyStandIn:
    """`status` is what it answers, after `delay` seconds; `accepted` what it has taken, in order."""

    endpoint: str = ""
    status: int = 202
    delay: float = 0.0
    accepted: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def alerts(self) -> dict[str, str]:
        """Each alert's newest action by its key; as PagerDuty does, a resolution without an alert is dropped."""
        found: dict[str, str] = {}
        for event in self.accepted:
            key, action = event["dedup_key"], event["event_action"]
            if action == "trigger" or key in found:
                found[key] = action
        return found


@contextmanager
def running(address: str = "127.0.0.1") -> Iterator[PagerDutyStandIn]:
    """The server, until the end of the block; `address` is where it listens, whatever its endpoint says."""
    stand_in = PagerDutyStandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = stand_in.status
            time.sleep(stand_in.delay)
            (stand_in.accepted if status == 202 else stand_in.refused).append(event)
            body = json.dumps(_BODIES.get(status, {})).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its base calls it so
            """Tests' output stays theirs."""

    server = ThreadingHTTPServer((address, 0), Handler)
    stand_in.endpoint = f"http://127.0.0.1:{server.server_port}/v2/enqueue"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)  # the wait for its end
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
