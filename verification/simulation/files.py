"""The files of tables in S3, as far as a sample of one goes."""

import io
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from verification.simulation.scheduler import current

if TYPE_CHECKING:
    from verification.simulation.world import World

_PLAIN, _QUOTED = b"id,name\n1,Ana\n", b'id,name\n1,"Ana, Lima"\n'


class Files:
    """boto3's client for the data: one file to a table, in a folder that is called like it."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def list_objects_v2(self, *, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            modified = datetime.fromtimestamp(self._world.scheduler.now, timezone.utc)
            return {"Contents": [{"Key": f"{Prefix}a.csv", "Size": 15, "LastModified": modified}][:MaxKeys]}

        return self._world.fault_injection.call("s3", "ListObjectsV2", f"{Bucket}/{Prefix}", effect)

    def get_object(self, *, Bucket: str, Key: str, Range: str) -> dict[str, Any]:
        table = Key.split("/")[0]

        def effect() -> bytes:
            return _QUOTED if table in self._world.catalog.quoted else _PLAIN

        body = self._world.fault_injection.call("s3", "GetObject", f"{Bucket}/{Key} {Range}", effect)
        # Only here: an answer that was lost on its way has shown nothing.
        current().marks.setdefault("split", {})[table] = body == _QUOTED
        return {"Body": io.BytesIO(body)}
