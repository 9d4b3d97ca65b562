"""Which records go into which call of PutRecords. Pure.

PutRecords takes 500 records and 5 MiB, stores some of a call and refuses others, and promises no order among the
records of one call. So that a later record never overtakes an earlier one about the same row, no call holds two of
them, and what was refused goes first.
"""

from collections.abc import Collection

from local.source.dms import ChangeError, Record

MOST_RECORDS = 500
MOST_BYTES = 5 * 1024 * 1024
LARGEST_RECORD = 1024 * 1024
"""DMS's limit, and Kinesis's by default."""


class Waiting:
    """Records that Kinesis does not have yet, in their order."""

    def __init__(self) -> None:
        self._records: dict[int, Record] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """Raises ChangeError for a record that Kinesis would never take."""
        if _size(record) > LARGEST_RECORD:
            raise ChangeError(
                f"The row {record.partition_key} makes a record of {_size(record):,} bytes; "
                f"Kinesis takes {LARGEST_RECORD:,}, and so does DMS. Leave its large column out of the publication."
            )
        self._records[self._next] = record
        self._next += 1

    def call(self) -> dict[int, Record]:
        """What the next call holds, by number: the earliest record about each row, as many as fit."""
        chosen: dict[int, Record] = {}
        concerned: set[str] = set()
        size = 0
        for number, record in self._records.items():
            if concerned.isdisjoint(record.concerns):
                size += _size(record)
                if size > MOST_BYTES or len(chosen) == MOST_RECORDS:
                    break
                chosen[number] = record
            # one that has to wait lets no later one pass either
            concerned |= record.concerns
        return chosen

    def stored(self, numbers: Collection[int]) -> None:
        """Kinesis has these."""
        for number in numbers:
            del self._records[number]


def _size(record: Record) -> int:
    return len(record.data) + len(record.partition_key.encode())
