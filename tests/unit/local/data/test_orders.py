"""The seeded orders, and the plain reckoning over raw files that they are compared with: no Spark."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from local.data import expected, orders
from local.stack.stack import ROOT


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = orders.write(tmp_path / "a", 500, 2), orders.write(tmp_path / "b", 500, 2)

    assert first == second
    for file in (tmp_path / "a").rglob("*.json"):
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()


def test_what_was_made_is_what_the_files_hold(tmp_path: Path) -> None:
    made = orders.write(tmp_path, 2_400, 3, seed=8, compress=True)

    files = sorted(tmp_path.rglob("*.gz"))

    assert made.read == made.kept + made.duplicates + sum(made.rejected.values())
    assert (len(files), len(made.rejected)) == (made.files, 12)
    assert expected.order_items(files) == expected.Expected(made.items, made.amount)


def test_the_newest_file_wins(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("name,age,city\nAnn,1,Rome\nBea,2,Rome\n")
    new.write_text("city,age,name\nRome,3,Ann\nRome,x,Bea\n")

    assert expected.persons([old, new]) == expected.Expected(2, Decimal(5))
    assert expected.persons([new, old]) == expected.Expected(2, Decimal(3))


def test_the_seeds_persons(tmp_path: Path) -> None:
    assert expected.persons([ROOT / "local" / "data" / "profile_data.csv"]) == expected.Expected(400, Decimal(16_636))
