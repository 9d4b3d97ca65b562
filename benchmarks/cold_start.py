"""What a cold start of each function pays beyond boto3: import plus the first client, as a ratio to bare boto3.

`make benchmark OF=cold_start`. Each figure is the median of fresh processes, taken in turns so that the machine's
noise meets all alike; a process that imports nothing is subtracted, since Lambda has it running already.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

_ROOT = Path(__file__).resolve().parent.parent
_ROUNDS = 15
_FUNCTIONS = ("on_upload", "on_crawler_state", "on_job_state", "on_stream_state", "on_query_state", "watchdog")
_SETTINGS = {
    "STAGE": "dev", "STATE_TABLE": "state", "BUS": "bus", "WORKGROUP": "wg", "CRAWLER_STATE_QUEUE_URL": "url",
    "LEASE_SECONDS": "70", "CLOCK_SKEW_SECONDS": "3", "RECHECK_DELAY_SECONDS": "15", "RECHECK_LIMIT": "12",
    "RUN_HISTORY_DAYS": "90", "INCIDENT_REMINDER_HOURS": "24", "POWERTOOLS_SERVICE_NAME": "landfall-dev",
    "PARTITION": "aws", "ON_CALL_TOPIC": "topic", "PAGERDUTY_ENDPOINT": "https://127.0.0.1/",
    "PAGERDUTY_ROUTING_KEY_SECRET": "secret",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
}  # fmt: skip
_CODE = {
    "nothing": "pass",
    "bare boto3": "import boto3; boto3.client('glue')",
} | {
    name: f"from functions.{name} import app; app.application().glue._clients.glue" for name in _FUNCTIONS
} | {
    "notify": "from functions.notify import app; app.channel().topic.clients.sns",
    "page": "from functions.page import app; app.channel().history.clients.dynamodb",
}  # fmt: skip


def seconds(code: str) -> float:
    """Wall time of a fresh Python that runs this."""
    path = os.pathsep.join((str(_ROOT), str(_ROOT / "layers" / "landfall" / "python")))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path} | _SETTINGS
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=_ROOT, check=True)  # our own code
    return time.perf_counter() - started


def main() -> None:
    """Measure in turns and print the ratios."""
    times: dict[str, list[float]] = {name: [] for name in _CODE}
    for _ in track(range(_ROUNDS), "cold starts"):
        for name, code in _CODE.items():
            times[name].append(seconds(code))
    median = {name: statistics.median(found) for name, found in times.items()}
    bare = median["bare boto3"] - median["nothing"]
    table = Table("function", "import and first client, ms", "ratio to bare boto3")
    for name in list(_CODE)[1:]:
        own = median[name] - median["nothing"]
        table.add_row(name, f"{own * 1000:.0f}", f"{own / bare:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
