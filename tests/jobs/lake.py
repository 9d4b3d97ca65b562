"""A lake in a directory, for jobs that run from beginning to end."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

Row = tuple[Any, ...]


class Lake:
    """The folders of one job; what it prints comes from pytest's capture."""

    def __init__(self, root: Path, job: ModuleType, capsys: Any) -> None:
        self.root, self.job, self._capsys = root, job, capsys
        self.source, self.target, self.rejected, self.temporary = (
            root / name for name in ("source", "target", "rejected", "temporary")
        )
        self.source.mkdir()
        self._uploads = 0

    def upload(self, key: str, content: str | bytes) -> Path:
        """Write a file; each is a minute newer than the one before."""
        path = self.source / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._uploads += 1
        os.utime(path, (1_700_000_000 + 60 * self._uploads,) * 2)
        return path

    def arguments(self, run_id: str = "run#1/attempt 1") -> list[str]:
        return [
            "--JOB_NAME", "person-curate", "--job-language", "python", "--enable-metrics", "--RUN_ID", run_id,
            "--SOURCE_DB", "person-db", "--SOURCE_TABLE", "_dataprofile", "--SOURCE_S3", f"{self.source.as_uri()}/",
            "--TARGET_S3", f"{self.target.as_uri()}/", "--REJECTED_S3", f"{self.rejected.as_uri()}/",
            "--TempDir", f"{self.temporary.as_uri()}/",
        ]  # fmt: skip

    def run(self, run_id: str = "run#1/attempt 1") -> dict[str, Any]:
        """Run the job; the counts that it prints."""
        self._capsys.readouterr()
        self.job.main(self.arguments(run_id))
        printed: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return printed

    def counts(self) -> dict[str, Any]:
        """What a job that then failed has printed."""
        printed: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return printed

    def rejected_rows(self) -> list[dict[str, Any]]:
        files = sorted(self.rejected.rglob("*.json"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def objects(self) -> list[str]:
        """What a listing of the curated data shows; the checksums are a custom of local folders only."""
        files = [file for file in self.target.rglob("*") if file.is_file() and not file.name.endswith(".crc")]
        return sorted(str(file.relative_to(self.target)) for file in files)

    def table(self, spark: Any, columns: Sequence[str]) -> list[Row]:
        """The curated rows, in order."""
        if not self.objects():
            return []
        return sorted(map(tuple, spark.read.parquet(self.target.as_uri()).select(*columns).collect()))
