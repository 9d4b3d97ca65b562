"""Times and sizes as a person reads them."""

from datetime import datetime, timezone

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def duration(seconds: float) -> str:
    """Such as `0.8 s`, `12 s`, `4 min`, `1 h 20 min`, `3 d 2 h`: two units where the first is small."""
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for index, (size, name) in enumerate(_UNITS):
        if whole >= size:
            count, rest = divmod(whole, size)
            if count < 10 and name != "min":
                smaller, small_name = _UNITS[index + 1]
                if rest // smaller:
                    return f"{count} {name} {rest // smaller} {small_name}"
            return f"{count} {name}"
    return f"{whole} s"


def ago(then: float, now: float) -> str:
    """Such as `12 s ago`; a time in the future counts as now, since clocks differ."""
    return f"{duration(now - then)} ago"


def clock(time: float, now: float | None = None) -> str:
    """In UTC, as in alerts and logs: the time of day if `now` is on the same day, else with the date."""
    moment = datetime.fromtimestamp(time, timezone.utc)
    if now is not None and moment.date() == datetime.fromtimestamp(now, timezone.utc).date():
        return moment.strftime("%H:%M:%SZ")
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")


def size(count: int) -> str:
    """Bytes, such as `812 B` or `1.4 MB`."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def plural(count: int, noun: str) -> str:
    """Such as `1 upload`, `3 uploads`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
