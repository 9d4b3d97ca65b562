"""`python -m local.engine`: the embedded AWS on one loopback port."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import sys
from pathlib import Path

from local.engine.errors import SettingsError
from local.engine.settings import Settings

log = logging.getLogger("landfall.engine")


def main() -> int:
    """Serve until a signal; the exit code."""
    _configure_logging(os.environ.get("LANDFALL_ENGINE_LOG", ""))
    try:
        settings = Settings.from_environment(os.environ)
        listening = [_listen("127.0.0.1", os.environ.get("LANDFALL_PORT") or "4566")]
        port = listening[0].getsockname()[1]
        also = os.environ.get("LANDFALL_ALSO_LISTEN")
        if also:
            listening.append(_listen(also, str(port)))
    except (SettingsError, OSError) as error:
        print(f"local engine: {error}", file=sys.stderr)
        return 1
    _configure_ministack(port)

    # imported only now: MiniStack reads its environment on import
    from local.engine import application
    from local.engine.server import serve_until_signal

    _allow_many_connections()
    endpoint = f"http://127.0.0.1:{port}"
    app, end = application.build(settings, endpoint)
    summary = None
    if os.environ.get("LANDFALL_IAM", "off") != "off":
        app, summary = application.judging(app)
    calls = os.environ.get("LANDFALL_CALLS")
    if calls:
        app = application.recording(app, Path(calls))
    log.info("listening on %s", endpoint)
    try:
        with_parent = os.environ.get("LANDFALL_ENDS_WITH_PARENT") == "1"
        asyncio.run(serve_until_signal(app, listening, with_parent))
    finally:
        end()
    if summary:
        log.info(summary())
    log.info("ended")
    return 0


def _listen(address: str, port: str) -> socket.socket:
    """Take the port before anything else, so that a taken one is told in a line."""
    if not port.isdigit():
        raise SettingsError(f"LANDFALL_PORT must be a port number, not {port!r}")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, int(port)))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"cannot use {address}:{port}: {reason}; set LANDFALL_PORT to another one") from error
    return listening


def _allow_many_connections() -> None:
    """A burst of clients is not to meet the shell's limit of open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _configure_ministack(port: int) -> None:
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # a socket that is not there: MiniStack then leaves Docker alone
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    # objects larger than memory: MiniStack then keeps them as files, and finds those that are there from before
    directory = os.environ.get("LANDFALL_OBJECTS_DIRECTORY")
    if directory:
        os.environ |= {"S3_PERSIST": "1", "S3_DATA_DIR": directory}


def _configure_logging(level: str) -> None:
    """Before MiniStack's own configuration, which then changes nothing."""
    chosen = logging.getLevelNamesMapping().get(level.upper())
    logging.basicConfig(
        stream=sys.stderr,
        level=chosen or logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    log.setLevel(chosen or logging.INFO)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # MiniStack's worker threads may be blocked in a call; a normal exit would wait for them
    os._exit(code)
