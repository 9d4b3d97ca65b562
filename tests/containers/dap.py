"""A debugger's side of the Debug Adapter Protocol, as far as one breakpoint needs it."""

import json
import socket
from collections.abc import Callable
from typing import Any

from local.stack.polling import until

Message = dict[str, Any]


class Debugger:
    """Attached to a debugpy that listens on a port of this machine."""

    def __init__(self, port: int) -> None:
        self._connection, first = until(lambda: _greeted(port), 60, "debugpy in the container", every=0.5)
        self._buffer = first
        self._number = 1

    def attach(self, path_mappings: dict[str, str], breakpoints: dict[str, int]) -> None:
        """Attach, and stop at these lines of files of this machine; the mappings say where they are over there."""
        mappings = [{"localRoot": here, "remoteRoot": there} for here, there in path_mappings.items()]
        self._await(lambda message: message.get("command") == "initialize")
        self._send("attach", {"justMyCode": False, "pathMappings": mappings})
        self._await(lambda message: message.get("event") == "initialized")
        for path, line in breakpoints.items():
            self._send("setBreakpoints", {"source": {"path": path}, "breakpoints": [{"line": line}]})
        self._send("configurationDone", {})

    def stopped(self) -> tuple[str, int, dict[str, str]]:
        """The file and line of the breakpoint that was hit, and the variables there."""
        stop = self._await(lambda message: message.get("event") == "stopped")
        thread = stop["body"]["threadId"]
        frame = self._ask("stackTrace", {"threadId": thread, "levels": 1})["stackFrames"][0]
        scope = self._ask("scopes", {"frameId": frame["id"]})["scopes"][0]
        variables = self._ask("variables", {"variablesReference": scope["variablesReference"]})["variables"]
        self._send("continue", {"threadId": thread})
        return frame["source"]["path"], frame["line"], {found["name"]: found["value"] for found in variables}

    def close(self) -> None:
        self._connection.close()

    def _ask(self, command: str, arguments: Message) -> Message:
        self._send(command, arguments)
        answer = self._await(lambda message: message.get("command") == command)
        assert answer["success"], answer
        body: Message = answer["body"]
        return body

    def _send(self, command: str, arguments: Message) -> None:
        self._number += 1
        self._connection.sendall(_request(self._number, command, arguments))

    def _await(self, wanted: Callable[[Message], bool]) -> Message:
        """The next message like this; those before it were of no interest."""
        while True:
            message = self._next()
            if wanted(message):
                return message

    def _next(self) -> Message:
        while b"\r\n\r\n" not in self._buffer:
            self._read()
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = int(head.rpartition(b":")[2])
        while len(rest) < length:
            self._read()
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        message: Message = json.loads(rest[:length])
        return message

    def _read(self) -> None:
        received = self._connection.recv(65536)
        assert received, "debugpy has closed the connection"
        self._buffer += received


def _greeted(port: int) -> tuple[socket.socket, bytes] | None:
    """Docker accepts for a container that does not listen yet, and closes at once: only an answer counts."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        arguments = {"clientID": "tests", "adapterID": "debugpy", "pathFormat": "path", "linesStartAt1": True}
        connection.sendall(_request(1, "initialize", arguments))
        first = connection.recv(65536)
    except OSError:
        return None
    if not first:
        connection.close()
        return None
    connection.settimeout(60)
    return connection, first


def _request(number: int, command: str, arguments: Message) -> bytes:
    body = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
