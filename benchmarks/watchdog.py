"""What one sweep over 500 pipelines asks of AWS, and the time that is ours.

`make benchmark OF=watchdog`. AWS answers at once here; a real call takes some 10 to 50 ms, so the number
of calls says how long a sweep takes there. Floor: one call per pipeline and service, as a loop over GetCrawler does.
"""

import sys
import time
from datetime import datetime, timezone
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.fakes import Account, application_on, definition
from functions.watchdog import app

_SWEEPS = (("all new", "READY"), ("all crawling", "RUNNING"), ("all ended", "READY"), ("at rest", "READY"))
_LOOKING = ("query", "batch_get_item", "batch_get_crawlers", "get_parameters_by_path")


def main(pipelines: int) -> None:
    """A sweep that starts every pipeline, one while all are crawled, one that ends them all, one at rest."""
    account = Account([definition(f"p{number:04}") for number in range(pipelines)])
    application = application_on(account)
    table = Table(f"sweep of {pipelines} pipelines", "seconds of our own", "calls to look", "calls to change")
    with patch.object(app, "application", lambda: application):
        for what, state in _SWEEPS:
            account.crawler_state = state
            if state == "RUNNING":
                account.crawled_at = datetime.now(timezone.utc)
            account.calls.clear()
            started = time.perf_counter()
            app.handler({}, None)
            spent = time.perf_counter() - started
            look = sum(account.calls[name] for name in _LOOKING)
            table.add_row(what, f"{spent:.2f}", str(look), str(sum(account.calls.values()) - look))
    Console().print(table)
    Console().print(f"Floor for looking: {2 * pipelines} calls, one GetItem and one GetCrawler for each.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
