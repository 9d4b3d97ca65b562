"""Glue's catalog: the tables that crawls leave, with columns that change, vanish, or may not be seen."""

from typing import TYPE_CHECKING, Any

from verification.simulation import errors
from verification.simulation.scheduler import current

if TYPE_CHECKING:
    from verification.simulation.glue import Crawl
    from verification.simulation.world import World

NO_TABLE = -1  # what the oracle hears of where GetTable finds none
DENIED = -2
DEPRECATED = -3


class Catalog:
    """Tables by their names; a table is a number, by which its columns are told from others."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._tables: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._denied: dict[str, float] = {}
        self._deprecated: set[str] = set()

    # The client's method, as the application calls it

    def get_table(self, *, DatabaseName: str, Name: str) -> dict[str, Any]:
        table = f"{DatabaseName}.{Name}"

        def effect() -> dict[str, Any]:
            found = self._found(table)
            current().marks.setdefault("tables", {})[table] = found
            self._world.say("glue", "shows", f"table {table}: {found}")
            if found == DENIED:
                self._world.oracle.refused()
                raise errors.refused("GetTable", "AccessDeniedException", f"not authorized to see {table}")
            if found == NO_TABLE:
                raise errors.refused("GetTable", "EntityNotFoundException", f"Table {table} not found")
            columns = [{"Name": "id", "Type": "bigint"}, {"Name": f"column_{found}", "Type": "string"}]
            marks = {"DEPRECATED_BY_CRAWLER": "1795000000"} if found == DEPRECATED else {}
            return {"Table": {"Name": Name, "StorageDescriptor": {"Columns": columns}, "Parameters": marks}}

        return self._world.fault_injection.call("glue", "GetTable", table, effect)

    def _found(self, table: str) -> int:
        if self._world.faults.hit("table forbidden"):
            self._denied[table] = self._world.scheduler.now + 200
        if self._world.faults.on and self._world.scheduler.now < self._denied.get(table, 0.0):
            return DENIED
        if table in self._deprecated:
            return DEPRECATED
        return self._tables.get(table, NO_TABLE)

    # The model

    def crawled(self, crawl: "Crawl") -> None:
        """A crawl has succeeded: its table is what it listed."""
        pipeline, number = crawl.crawler.rsplit("-crawler-", 1)
        table = f"{pipeline}-db.table_{number}"
        listed = any(
            upload.counts and upload.pipeline == pipeline and upload.created < crawl.began
            for upload in self._world.uploads
        )
        if not listed:
            return
        self._deprecated.discard(table)
        if table in self._tables and self._world.faults.hit("table deprecated"):
            self._deprecated.add(table)
            self._world.say("glue", f"FAULT {table} is marked as deprecated")
            return
        if table in self._tables and self._world.faults.hit("table lost"):
            del self._tables[table]
            self._world.say("glue", f"FAULT {table} is lost")
            return
        if table in self._tables and self._world.faults.hit("schema changes"):
            # Half of the changes go back to what was before.
            known = self._tables[table]
            self._next[table] = self._next.get(table, known) + 1
            self._tables[table] = known - 1 if known and self._world.random.random() < 0.5 else self._next[table]
            self._world.say("glue", f"FAULT the columns of {table} change: {self._tables[table]}")
        self._tables.setdefault(table, self._next.setdefault(table, 0))
