"""What tests do with Glue's jobs: a script on S3, a job of it, its runs, their log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.engine.helpers import until
from tests.engine.world import World

ENDED = {"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"}
SPIN = "import time\nprint('spinning', flush=True)\nwhile True: time.sleep(0.05)\n"


@dataclass
class Job:
    """A job of one test's own."""

    world: World
    kind: str = "pythonshell"
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.glue = self.world.glue
        self.name = f"job-{self.world.name}"
        self.script = f"s3://{self.world.bucket}/scripts/job.py"

    def create(self, script: str, **changes: Any) -> Job:
        """Put the script and create the job."""
        self.put("scripts/job.py", script)
        self.glue.create_job(
            **{
                "Name": self.name,
                "Role": "arn:aws:iam::000000000000:role/crawler",
                "Command": {"Name": self.kind, "ScriptLocation": self.script, "PythonVersion": "3"},
                "GlueVersion": "5.1",
                **changes,
            }
        )
        return self

    def put(self, key: str, body: str | bytes) -> str:
        """Upload; the s3:// address."""
        self.world.s3.put_object(Bucket=self.world.bucket, Key=key, Body=body)
        return f"s3://{self.world.bucket}/{key}"

    def start(self, **request: Any) -> str:
        """Begin a run; its id."""
        return str(self.glue.start_job_run(JobName=self.name, **request)["JobRunId"])

    def stop(self, *run_ids: str) -> dict[str, Any]:
        """Ask runs to stop."""
        return dict(self.glue.batch_stop_job_run(JobName=self.name, JobRunIds=list(run_ids)))

    def get(self, run_id: str) -> dict[str, Any]:
        """A run as it stands."""
        return dict(self.glue.get_job_run(JobName=self.name, RunId=run_id)["JobRun"])

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first."""
        return list(self.glue.get_job_runs(JobName=self.name)["JobRuns"])

    def is_in(self, run_id: str, *states: str) -> dict[str, Any]:
        """The run once it is in one of the states."""

        def look() -> dict[str, Any]:
            run = self.get(run_id)
            return run if run["JobRunState"] in states else {}

        return until(look, 120)

    def ended(self, run_id: str) -> dict[str, Any]:
        """The run once it has ended."""
        return self.is_in(run_id, *ENDED)

    def run(self, **request: Any) -> dict[str, Any]:
        """A run from start to end."""
        return self.ended(self.start(**request))

    def output(self, run_id: str, kind: str = "output") -> list[str]:
        """What the script printed."""
        events = self.world.engine.client("logs").get_log_events(
            logGroupName=f"/aws-glue/jobs/{kind}", logStreamName=run_id
        )["events"]
        return [event["message"] for event in events]

    def printed(self, run_id: str) -> Any:
        """The JSON that the script printed last."""
        return json.loads(self.output(run_id)[-1])
