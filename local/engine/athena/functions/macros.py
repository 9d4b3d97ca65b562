"""SQL macros that a compiled query may call: where DuckDB's own would mean something else.

A failure is a cast of its message to a boolean: unlike error(), DuckDB lets TRY catch it, and leaves it in its branch.
"""

from __future__ import annotations

import re

FAILED = "landfall!"

_WHOLE_TEXT = "[+-]?[0-9]+"
_DOUBLE_TEXT = r"\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*"
_DATE_TEXT = r"\s*[+]?[0-9]+-[0-9]{1,2}-[0-9]{1,2}\s*"
_CAST, _ARGUMENT, _ZERO = "INVALID_CAST_ARGUMENT", "INVALID_FUNCTION_ARGUMENT", "DIVISION_BY_ZERO"


def checked(value: str, wrong: str, code: str, message: str) -> str:
    """SQL of a value that fails where something is wrong; `message` is SQL.

    The message is NULL where nothing is wrong: DuckDB may work out a constant of a branch that it does not take.
    """
    return (
        f"CASE WHEN NOT ({wrong}) THEN {value} "
        f"WHEN CAST(CASE WHEN {wrong} THEN '{FAILED}{code}: ' || {message} END AS BOOLEAN) THEN NULL END"
    )


def _macro(name: str, value: str, wrong: str, code: str, message: str) -> str:
    return f"{name} AS {checked(value, wrong, code, message)}"


def _cast(kind: str, pattern: str, message: str) -> str:
    plain = "ltrim(trim(x), '+')" if kind == "DATE" else "trim(x)"
    wrong = f"NOT (regexp_full_match(x, '{pattern}') AND TRY_CAST({plain} AS {kind}) IS NOT NULL)"
    return _macro(f"trino_cast_{kind.lower()}(x)", f"CAST({plain} AS {kind})", wrong, _CAST, message)


def _no_cast(shown: str) -> str:
    return f"'Cannot cast ''' || x || ''' to {shown}'"


_TRUE, _EITHER = "lower(x) IN ('t', 'true', '1')", "lower(x) IN ('t', 'true', '1', 'f', 'false', '0')"
_CASTS = (
    _cast("TINYINT", _WHOLE_TEXT, _no_cast("TINYINT")),
    _cast("SMALLINT", _WHOLE_TEXT, _no_cast("SMALLINT")),
    _cast("INTEGER", _WHOLE_TEXT, _no_cast("INT")),
    _cast("BIGINT", _WHOLE_TEXT, _no_cast("BIGINT")),
    _cast("FLOAT", _DOUBLE_TEXT, _no_cast("REAL")),
    _cast("DOUBLE", _DOUBLE_TEXT, _no_cast("DOUBLE")),
    _cast("DATE", _DATE_TEXT, "'Value cannot be cast to date: ' || x"),
    # Python reads what is not in the usual form
    "trino_cast_timestamp(x, p) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2} "
    "[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,3})?') AND TRY_CAST(x AS TIMESTAMP) IS NOT NULL THEN CAST(x AS TIMESTAMP) "
    "ELSE py_text_to_timestamp(x, p) END",
    _macro("trino_cast_boolean(x)", _TRUE, f"NOT ({_EITHER})", _CAST, _no_cast("BOOLEAN")),
)
_BY_ZERO = "'Division by zero'"
_NUMBERS = (
    _macro("trino_divide(a, b)", "a // b", "b = 0", _ZERO, _BY_ZERO),
    _macro("trino_modulus(a, b)", "a % b", "b = 0", _ZERO, _BY_ZERO),
    "trino_round(x, d) AS CASE WHEN isfinite(x) THEN round(x, CAST(d AS INTEGER)) ELSE x END",
    "trino_log(found, x) AS CASE WHEN x > 0 THEN found WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) "
    "WHEN x IS NOT NULL THEN CAST('NaN' AS DOUBLE) END",
    _macro(
        "trino_width_bucket(x, low, high, n)",
        "CASE WHEN x < least(low, high) THEN CASE WHEN low <= high THEN 0 ELSE n + 1 END "
        "WHEN x >= greatest(low, high) THEN CASE WHEN low <= high THEN n + 1 ELSE 0 END "
        "ELSE CAST(floor(n * (x - low) / (high - low)) AS BIGINT) + 1 END",
        "n <= 0 OR isnan(x) OR NOT isfinite(low) OR NOT isfinite(high) OR low = high",
        _ARGUMENT,
        "'bucketCount must be greater than 0, operand a number, and the bounds finite and not the same'",
    ),
    "trino_truncate(x, d) AS CASE WHEN isfinite(x) THEN trunc(x * pow(10, d)) / pow(10, d) ELSE x END",
    _macro(
        "trino_random(low, high)",
        "low + CAST(floor(random() * (high - low)) AS BIGINT)",
        "high <= low",
        _ARGUMENT,
        "'bound must be positive, and start less than stop'",
    ),
)


def _pad(name: str) -> str:
    return _macro(
        f"trino_{name}(x, n, p)",
        f"{name}(x, CAST(n AS INTEGER), p)",
        "n < 0 OR n > 2147483647 OR p = ''",
        _ARGUMENT,
        "'Target length must be in the range [0..2147483647], and the padding not empty'",
    )


_NONE = "x IS NOT NULL AND i IS NOT NULL"
_PARTS = "string_split(x, d)"
# what Java takes for white space
_BLANKS = " \t\n\x0b\f\r\x1c\x1d\x1e\x1f\u1680" + "".join(map(chr, (*range(0x2000, 0x2007), 0x2008, 0x2009, 0x200A)))
_BLANKS += "\u2028\u2029\u205f\u3000"
_TEXTS = (
    f"trino_blanks() AS '{_BLANKS}'",
    # positions count from 1, negative ones from the end, 0 is nowhere
    f"trino_substr(x, i) AS CASE WHEN i = 0 OR -i > length(x) THEN CASE WHEN {_NONE} THEN '' END "
    "ELSE substring(x, i) END",
    f"trino_substr_to(x, i, n) AS CASE WHEN i = 0 OR -i > length(x) OR n <= 0 THEN "
    f"CASE WHEN {_NONE} AND n IS NOT NULL THEN '' END ELSE substring(x, i, n) END",
    # DuckDB's reader also takes commas at an end, comments and numbers that are none
    "trino_is_plain_json(x) AS json_valid(x) AND NOT "
    "regexp_matches(x, ',[ \\t\\r\\n]*[]}]|[Nn][Aa][Nn]|[Ii][Nn][Ff]|/[*/]')",
    # Java leaves the sharp s alone
    "trino_upper(x) AS CASE WHEN contains(x, 'ß') THEN "
    "array_to_string(list_transform(string_split(x, 'ß'), lambda part: upper(part)), 'ß') ELSE upper(x) END",
    _pad("lpad"),
    _pad("rpad"),
    _macro("trino_split(x, d)", _PARTS, "d = ''", _ARGUMENT, "'The delimiter may not be the empty string'"),
    _macro(
        "trino_split_part(x, d, i)",
        f"CASE WHEN x = '' AND d = '' THEN NULL ELSE list_extract({_PARTS}, i) END",
        "i < 1",
        _ARGUMENT,
        "'Index must be greater than zero'",
    ),
)
_START = "'SQL array indices start at 1'"
_OUTSIDE = (
    f"CASE WHEN i = 0 THEN {_START} WHEN i < 0 THEN 'Array subscript is negative: ' || i "
    "ELSE 'Array subscript must be less than or equal to array length: ' || i || ' > ' || len(l) END"
)
_BACKWARDS = (
    "'sequence stop value should be greater than or equal to start value if step is greater than zero "
    "otherwise stop should be less than or equal to start'"
)
_FAR = "(CAST(b AS HUGEINT) - CAST(a AS HUGEINT))"


def _sequence(name: str, made: str, count: str, step: str, start: str, stop: str) -> str:
    """A sequence of at most 10,000 entries whose step leads from its start to its stop."""
    wrong = f"{step} = 0 OR ({stop} > {start} AND {step} < 0) OR ({stop} < {start} AND {step} > 0)"
    many = f"CASE WHEN {step} <> 0 THEN {count} ELSE 0 END > 10000"
    far = "'result of sequence function must not have more than 10000 entries'"
    message = f"CASE WHEN {wrong} THEN {_BACKWARDS} ELSE {far} END"
    return _macro(name, made, f"{wrong} OR {many}", _ARGUMENT, message)


_SLICE = (
    "CASE WHEN i > 0 THEN list_slice(l, i, i + n - 1) WHEN -i > len(l) THEN list_slice(l, 1, 0) "
    "ELSE list_slice(l, len(l) + i + 1, len(l) + i + n) END"
)
_HAS_NULL = "len(list_filter(l, lambda item: item IS NULL)) > 0"
_KEYS = "list_transform(entries, lambda item: item.key)"
_COLLECTIONS = (
    _macro("trino_subscript(l, i)", "list_extract(l, i)", "i < 1 OR i > len(l)", _ARGUMENT, _OUTSIDE),
    _macro("trino_element_at(l, i)", "list_extract(l, i)", "i = 0", _ARGUMENT, _START),
    _macro(
        "trino_map_subscript(m, k)",
        "map_extract_value(m, k)",
        "NOT list_contains(map_keys(m), k)",
        _ARGUMENT,
        "'Key not present in map: ' || CAST(k AS VARCHAR)",
    ),
    f"trino_contains(l, x) AS CASE WHEN l IS NULL OR x IS NULL THEN NULL WHEN list_contains(l, x) THEN TRUE "
    f"WHEN {_HAS_NULL} THEN NULL ELSE FALSE END",
    _macro("trino_slice(l, i, n)", _SLICE, "i = 0", _ARGUMENT, _START),
    _sequence("trino_sequence(a, b, s)", "generate_series(a, b, s)", f"({_FAR} // s) + 1", "s", "a", "b"),
    _sequence(
        "trino_time_sequence(a, b, s)",
        "list_transform(range(1 + (epoch_ms(b) - epoch_ms(a)) // s), lambda place: a + to_milliseconds(place * s))",
        "((epoch_ms(b) - epoch_ms(a)) // s) + 1",
        "s",
        "a",
        "b",
    ),
    _sequence(
        "trino_month_sequence(a, b, s)",
        "list_filter(list_transform(range(1 + datesub('month', a, b) // s), "
        "lambda place: a + to_months(CAST(place * s AS INTEGER))), "
        "lambda day: CASE WHEN s > 0 THEN day <= b ELSE day >= b END)",
        "(datesub('month', a, b) // s) + 1",
        "s",
        "a",
        "b",
    ),
    _macro(
        "trino_repeat(x, n)",
        "list_transform(range(n), lambda number: x)",
        "n < 0 OR n > 10000",
        _ARGUMENT,
        "'count argument of repeat function must be from 0 to 10000'",
    ),
    _macro(
        "trino_ngrams(l, n)",
        "CASE WHEN n >= len(l) THEN [l] ELSE list_transform(range(1, len(l) - n + 2), "
        "lambda place: list_slice(l, place, place + n - 1)) END",
        "n <= 0",
        _ARGUMENT,
        "'N must be positive'",
    ),
    _macro(
        "trino_trim_array(l, n)",
        "list_slice(l, 1, len(l) - n)",
        "n < 0 OR n > len(l)",
        _ARGUMENT,
        "'size must not be negative, and not exceed array cardinality'",
    ),
    f"trino_any(l) AS CASE WHEN list_contains(l, TRUE) THEN TRUE WHEN {_HAS_NULL} THEN NULL "
    "WHEN l IS NOT NULL THEN FALSE END",
    f"trino_all(l) AS CASE WHEN list_contains(l, FALSE) THEN FALSE WHEN {_HAS_NULL} THEN NULL "
    "WHEN l IS NOT NULL THEN TRUE END",
    # the lists of map() may not be NULL, nor have NULL keys, other lengths or the same key twice
    _macro(
        "trino_map_from(k, v)",
        "map(k, v)",
        "len(k) <> len(v)",
        _ARGUMENT,
        "'Key and value arrays must be the same length'",
    ),
    f"trino_map(entries) AS map({_KEYS}, list_transform(entries, lambda item: item.value))",
    # the first value of a key stays; a NULL key is left out
    f"trino_map_of(entries) AS trino_map(list_filter(entries, lambda one, place: one.key IS NOT NULL AND "
    f"list_position({_KEYS}, one.key) = place))",
    f"trino_multimap_of(entries) AS map(list_distinct({_KEYS}), list_transform(list_distinct({_KEYS}), lambda wanted: "
    "list_transform(list_filter(entries, lambda one: one.key = wanted), lambda one: one.value)))",
)
_TIMES = (
    "trino_days_text(x) AS CASE WHEN x < 0 THEN '-' ELSE '' END || abs(x) // 86400000 || "
    "printf(' %02d:%02d:%02d.%03d', abs(x) % 86400000 // 3600000, abs(x) % 3600000 // 60000, abs(x) % 60000 // 1000, "
    "abs(x) % 1000)",
    "trino_months_text(x) AS CASE WHEN x < 0 THEN '-' ELSE '' END || abs(x) // 12 || '-' || abs(x) % 12",
    _macro(
        "trino_from_unixtime(x)",
        "make_timestamp(CAST(round(x * 1000) AS BIGINT) * 1000)",
        "NOT isfinite(x) OR abs(x) > 9.2e12",
        _ARGUMENT,
        "'Millis overflow'",
    ),
    _macro(
        "trino_date_later(x, ms)",
        "CAST(x + to_days(CAST(ms // 86400000 AS INTEGER)) AS DATE)",
        "ms % 86400000 <> 0",
        _ARGUMENT,
        "'Cannot add hour, minutes or seconds to a date'",
    ),
)
_ZONES = (
    # half of a unit of so many microseconds up; `%` has the sign of the first, also before 1970
    "trino_rounded(x, unit) AS make_timestamp(epoch_us(x) + unit // 2 - "
    "((epoch_us(x) + unit // 2) % unit + unit) % unit)",
    # ICU knows no offsets: a zone +02:00 is UTC and 120 minutes
    "trino_zone_name(z) AS CASE WHEN left(z, 1) IN ('+', '-') THEN 'UTC' ELSE z END",
    "trino_offset(z) AS to_minutes(CASE WHEN left(z, 1) IN ('+', '-') THEN (CASE WHEN left(z, 1) = '-' THEN -1 ELSE 1 "
    "END) * (TRY_CAST(substring(z, 2, 2) AS INTEGER) * 60 + TRY_CAST(right(z, 2) AS INTEGER)) ELSE 0 END)",
    "trino_zoned(utc, zone) AS CASE WHEN utc IS NOT NULL AND zone IS NOT NULL "
    "THEN struct_pack(t := utc, z := zone) END",
    "trino_local(x) AS timezone(trino_zone_name(x.z), timezone('UTC', x.t)) + trino_offset(x.z)",
    "trino_in_zone(moment, zone) AS trino_zoned("
    "timezone('UTC', timezone(trino_zone_name(zone), moment)) - trino_offset(zone), zone)",
    "trino_later(x, step) AS trino_zoned(x.t + step, x.z)",
    "trino_offset_text(x) AS CASE WHEN trino_local(x) >= x.t THEN '+' ELSE '-' END || "
    "strftime(TIMESTAMP '2000-01-01' + CASE WHEN trino_local(x) >= x.t THEN trino_local(x) - x.t "
    "ELSE x.t - trino_local(x) END, '%H:%M')",
    "trino_iso_zone(x) AS CASE WHEN x.z = 'UTC' THEN 'Z' ELSE trino_offset_text(x) END",
)


_BY_NAME = {macro.partition("(")[0]: macro for macro in (*_CASTS, *_NUMBERS, *_TEXTS, *_COLLECTIONS, *_TIMES, *_ZONES)}
_NAME = re.compile(r"\btrino_\w+")


def needed(sql: str) -> list[str]:
    """The statements that define the macros which a query calls, and those that they call, in an order that works."""
    found: dict[str, None] = {}

    def add(text: str) -> None:
        for name in _NAME.findall(text):
            if name in _BY_NAME and name not in found:
                add(_BY_NAME[name].partition(" AS ")[2])
                found[name] = None

    add(sql)
    return [f"CREATE OR REPLACE TEMP MACRO {_BY_NAME[name]}" for name in found]
