"""The payloads of events/, by their path below it and without .json."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[2] / "events"


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


def names(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.stem}" for path in (EVENTS / folder).glob("*.json"))


def as_queue_record(body: dict[str, Any] | str, message_id: str = "1") -> dict[str, Any]:
    record: dict[str, Any] = payload("on_upload/batch")["Records"][0]
    return record | {"messageId": message_id, "body": body if isinstance(body, str) else json.dumps(body)}
