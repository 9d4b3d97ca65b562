"""The seeded application at the source: what it does can be done, and has everything that replication trips over."""

from local.source.changes import Plan, Transaction

ROWS, CHANGES = 200, 1500


def played(seed: int) -> tuple[list[Transaction], set[int]]:
    keys = {row[0] for row in Plan(seed).rows(ROWS)}
    return list(Plan(seed + 1, keys).transactions(CHANGES)), keys


def test_the_same_seed_does_the_same() -> None:
    assert played(1) == played(1)
    assert played(1) != played(2)


def test_every_statement_finds_its_row() -> None:
    transactions, keys = played(1)

    for transaction in transactions:
        after = set(keys)
        for statement in transaction.statements:
            key = statement.values[-1] if statement.sql.startswith(("UPDATE", "DELETE")) else statement.values[0]
            assert isinstance(key, int)
            assert key in transaction.keys
            assert (key in after) != (statement.kind == "insert")
            if statement.kind in ("delete", "key change"):
                after.remove(key)
            if statement.kind in ("insert", "key change"):
                assert statement.values[0] not in after
                after.add(int(str(statement.values[0])))
        keys = after if transaction.is_kept else keys


def test_it_does_everything_that_replication_trips_over() -> None:
    transactions, _ = played(1)
    kept = [transaction for transaction in transactions if transaction.is_kept]
    kinds = {statement.kind for transaction in kept for statement in transaction.statements}
    values = {value for transaction in kept for statement in transaction.statements for value in statement.values}

    assert kinds == {"insert", "update", "key change", "delete"}
    assert sum(transaction.changes for transaction in kept) >= CHANGES
    assert len(kept) < len(transactions)
    assert {None, "", "a\nb"} <= values
    assert max(len(value) for value in values if isinstance(value, str)) > 2000
    assert any(len(transaction.keys) < len(transaction.statements) for transaction in kept)
