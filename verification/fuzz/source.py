"""What the local source reads: messages of PostgreSQL's log."""

import json
from datetime import datetime, timezone
from pathlib import Path

from local.source import dms, pgoutput
from verification.fuzz.generate import Hostile

_RECORDED = Path(__file__).parents[1] / "examples" / "recorded_pgoutput.json"
_LOG = [(lsn, bytes.fromhex(data)) for lsn, data in json.loads(_RECORDED.read_text())]
_MESSAGES = [data for _, data in _LOG if len(data) < 500]
_NOW = datetime(2026, 11, 21, tzinfo=timezone.utc)


def log_messages(hostile: Hostile) -> bool:
    """A message of the log, bent, after the recorded ones: refused, or a record that is JSON."""
    transcriber = dms.Transcriber({"public.thing": ("id",), "public.whole": ("a",)})
    for lsn, data in _LOG[:4]:
        transcriber.take(pgoutput.decode(data), lsn, _NOW)
    try:
        message = pgoutput.decode(hostile.bytes(hostile.pick(_MESSAGES)))
        records = transcriber.take(message, hostile.random.getrandbits(64), _NOW)
    except (pgoutput.MalformedMessageError, dms.ChangeError):
        return False
    for record in records:
        assert "metadata" in json.loads(record.data)
        assert record.partition_key in record.concerns
    return True
