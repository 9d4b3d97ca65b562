"""Functions of arrays that compare or print elements: how depends on the type of an element."""

from __future__ import annotations

from typing import Any

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query import equality
from local.engine.athena.query.arguments import TypedFunction, array_of, exactly, lambda_body, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value
from local.engine.athena.query.text_casts import plain_text


def _pair(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> tuple[Value, Value, t.Type]:
    """An array and an element, in the element type that they have in common."""
    first, second = exactly(2, compiler, arguments[:2], node, context)
    values = array_of(compiler, node, first)
    kind = t.common(values.type.element, second.type)
    if kind is None:
        raise wrong(compiler, node, node.name.lower(), [values.type, second.type])
    return (
        Value(compiler.coerced(values, t.array(kind)), t.array(kind)),
        Value(compiler.coerced(second, kind), kind),
        kind,
    )


def _tests(compiler: Compiler, values: str, sought: str, kind: t.Type, node: Any) -> str:
    """For each element whether it is equal, NULL for NULL; a NULL inside of an element fails."""
    name = compiler.fresh("p")
    tests = f"list_transform({values}, lambda {name}: {equality.equal(name, sought, kind)})"
    if kind.name not in ("array", "map", "row"):
        return tests
    unknown = compiler.fresh("p")
    test = equality.equal(unknown, sought, kind)
    some = f"len(list_filter({values}, lambda {unknown}: {unknown} IS NOT NULL AND ({test}) IS NULL)) > 0"
    message = f"'{node.name.lower()} does not support arrays with elements that are null or contain null'"
    is_wrong = f"{sought} IS NOT NULL AND coalesce({some}, FALSE)"
    return f"({macros.checked(tests, is_wrong, 'NOT_SUPPORTED', message)})"


def contains(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Whether an element is there; unknown if it is not, but a NULL is."""
    exactly(2, compiler, arguments, node, context)
    values, sought, kind = _pair(compiler, arguments, node, context)
    if equality.is_plain(kind) and kind.name not in ("array", "row", "real", "double"):
        return Value(f"trino_contains({values.sql}, {sought.sql})", t.BOOLEAN)
    tests = _tests(compiler, values.sql, sought.sql, kind, node)
    return Value(f"(CASE WHEN {sought.sql} IS NOT NULL THEN trino_any({tests}) END)", t.BOOLEAN)


def array_position(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The place of an element, or of its nth instance; 0 if there is none."""
    if len(arguments) not in (2, 3):
        raise wrong(compiler, node, "array_position", [])
    values, sought, kind = _pair(compiler, arguments, node, context)
    tests = _tests(compiler, values.sql, sought.sql, kind, node)
    number = compiler.value(arguments[2], context) if len(arguments) == 3 else Value("1", t.BIGINT)
    if not number.type.is_whole:
        raise wrong(compiler, node, "array_position", [values.type, kind, number.type])
    places = f"list_filter(range(1, len({values.sql}) + 1), lambda place: list_extract({tests}, place))"
    found = f"coalesce(list_extract({places}, {number.sql}), 0)"
    message = "'array_position cannot take a 0-valued instance argument.'"
    found = macros.checked(found, f"{number.sql} = 0", "INVALID_FUNCTION_ARGUMENT", message)
    return Value(f"(CASE WHEN {values.sql} IS NOT NULL AND {sought.sql} IS NOT NULL THEN {found} END)", t.BIGINT)


def array_remove(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The array without an element."""
    exactly(2, compiler, arguments, node, context)
    values, sought, kind = _pair(compiler, arguments, node, context)
    tests = _tests(compiler, values.sql, sought.sql, kind, node)
    kept = f"list_filter({values.sql}, lambda item, place: NOT coalesce(list_extract({tests}, place), FALSE))"
    return Value(f"(CASE WHEN {sought.sql} IS NOT NULL THEN {kept} END)", values.type)


def distinct_sql(compiler: Compiler, values: str, kind: t.Type) -> str:
    """The first of the elements that are the same."""
    item, place, other = (compiler.fresh("p") for _ in range(3))
    same = f"{equality.canonical(other, kind)} IS NOT DISTINCT FROM {equality.canonical(item, kind)}"
    before = f"list_filter(list_slice({values}, 1, {place} - 1), lambda {other}: {same})"
    return f"list_filter({values}, lambda {item}, {place}: len({before}) = 0)"


def array_distinct(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Each element once."""
    (value,) = exactly(1, compiler, arguments, node, context)
    values = array_of(compiler, node, value)
    return Value(distinct_sql(compiler, values.sql, values.type.element), values.type)


def _two(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> tuple[str, str, t.Type]:
    first, second = (array_of(compiler, node, value) for value in exactly(2, compiler, arguments, node, context))
    kind = t.common(first.type, second.type)
    if kind is None:
        raise wrong(compiler, node, node.name.lower(), [first.type, second.type])
    return compiler.coerced(first, kind), compiler.coerced(second, kind), kind


def _has(compiler: Compiler, values: str, item: str, kind: t.Type) -> str:
    other = compiler.fresh("p")
    same = f"{equality.canonical(other, kind)} IS NOT DISTINCT FROM {equality.canonical(item, kind)}"
    return f"len(list_filter({values}, lambda {other}: {same})) > 0"


def of_sets(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """array_union, array_intersect and array_except: NULL is an element as others are."""
    name = node.name.lower()
    if name == "array_intersect" and len(arguments) == 1:
        raise wrong(compiler, node, name, [])
    a, b, kind = _two(compiler, arguments, node, context)
    if name == "array_union":
        return Value(_unless_null(a, b, distinct_sql(compiler, f"list_concat({a}, {b})", kind.element)), kind)
    item = compiler.fresh("p")
    has = _has(compiler, b, item, kind.element)
    test = has if name == "array_intersect" else f"NOT ({has})"
    found = f"list_filter({distinct_sql(compiler, a, kind.element)}, lambda {item}: {test})"
    return Value(_unless_null(a, b, found), kind)


def _unless_null(a: str, b: str, sql: str) -> str:
    return f"(CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN {sql} END)"


def arrays_overlap(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Whether an element that is not NULL is in both; unknown if not, but one has a NULL."""
    a, b, kind = _two(compiler, arguments, node, context)
    item = compiler.fresh("p")
    common = f"list_filter({a}, lambda {item}: {item} IS NOT NULL AND {_has(compiler, b, item, kind.element)})"
    null = " OR ".join(f"len(list_filter({x}, lambda item: item IS NULL)) > 0" for x in (a, b))
    sql = (
        f"(CASE WHEN {a} IS NULL OR {b} IS NULL OR len({a}) = 0 OR len({b}) = 0 "
        f"THEN CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN FALSE END "
        f"WHEN len({common}) > 0 THEN TRUE WHEN {null} THEN NULL ELSE FALSE END)"
    )
    return Value(sql, t.BOOLEAN)


def array_join(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """The elements as texts; NULL is left out, or has a text of its own."""
    if len(arguments) not in (2, 3):
        raise wrong(compiler, node, "array_join", [])
    values = array_of(compiler, node, compiler.value(arguments[0], context))
    others = [compiler.value(item, context) for item in arguments[1:]]
    item = Value("item", values.type.element)
    kind = values.type.element
    shown = "CAST(NULL AS VARCHAR)" if kind == t.UNKNOWN else plain_text(item)
    if kind == t.JSON:
        shown = "json_extract_string(item, '$')"
    if shown is None or any(other.type.name not in ("varchar", "char", "unknown") for other in others):
        raise wrong(compiler, node, "array_join", [values.type, *(other.type for other in others)])
    if len(others) == 2:
        shown = f"coalesce({shown}, {others[1].sql})"
    texts = f"list_filter(list_transform({values.sql}, lambda item: {shown}), lambda item: item IS NOT NULL)"
    nulls = " AND ".join(f"{other.sql} IS NOT NULL" for other in [values, *others])
    joined = f"coalesce(array_to_string({texts}, {others[0].sql}), '')"
    return Value(f"(CASE WHEN {nulls} THEN {joined} END)", t.VARCHAR)


def array_sort(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """From small to large, NULL last; or by a lambda that says -1, 0 or 1 of two elements."""
    if len(arguments) == 2:
        return _sorted_by(compiler, arguments, node, context)
    (value,) = exactly(1, compiler, arguments, node, context)
    values = array_of(compiler, node, value)
    kind = values.type.element
    if not t.is_orderable(kind):
        raise wrong(compiler, node, "array_sort", [values.type])
    if equality.is_plain(kind):
        return Value(f"list_sort({values.sql}, 'ASC', 'NULLS LAST')", values.type)
    pairs = (
        f"list_transform({values.sql}, lambda item: struct_pack(k := {equality.canonical('item', kind)}, v := item))"
    )
    return Value(f"list_transform(list_sort({pairs}, 'ASC', 'NULLS LAST'), lambda item: item.v)", values.type)


def _sorted_by(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Each element's place is the number of those before it: smaller ones, and equal ones that came first."""
    values = array_of(compiler, node, compiler.value(arguments[0], context))
    a, i, b, j = (compiler.fresh("p") for _ in range(4))
    kind = values.type.element
    body = lambda_body(compiler, arguments[1], context, [Value(b, kind), Value(a, kind)])
    if body.type not in (t.TINYINT, t.SMALLINT, t.INTEGER, t.UNKNOWN):
        raise wrong(compiler, node, "array_sort", [values.type, body.type])
    answers = (
        f"list_transform({values.sql}, lambda {a}, {i}: list_transform({values.sql}, lambda {b}, {j}: "
        f"CASE WHEN {i} = {j} THEN 0 ELSE {body.sql} END))"
    )
    outside = "len(list_filter(flatten(answers), lambda one: one IS NULL OR one NOT IN (-1, 0, 1))) > 0"
    message = "'Lambda comparator must return either -1, 0, or 1'"
    keys = (
        f"list_transform({values.sql}, lambda {a}, {i}: struct_pack(k := len(list_filter(list_extract(answers, {i}), "
        f"lambda one, {j}: one < 0 OR (one = 0 AND {j} < {i}))), i := {i}))"
    )
    place = f"list_transform(list_sort({keys}), lambda one: list_extract({values.sql}, one.i))"
    checked = macros.checked(place, outside, "INVALID_FUNCTION_ARGUMENT", message)
    return Value(f"(SELECT {checked} FROM (SELECT {answers} AS answers))", values.type)


def extreme(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """array_max and array_min: NULL if an element is."""
    (value,) = exactly(1, compiler, arguments, node, context)
    values = array_of(compiler, node, value)
    kind, name = values.type.element, node.name.lower().removeprefix("array_")
    if not t.is_orderable(kind):
        raise wrong(compiler, node, node.name.lower(), [values.type])
    found = f"list_{name}({values.sql})"
    if not equality.is_plain(kind):
        key = equality.canonical("item", kind)
        pairs = f"list_transform({values.sql}, lambda item: struct_pack(k := {key}, v := item))"
        found = f"list_{name}({pairs}).v"
    elif kind in (t.REAL, t.DOUBLE) and name == "max":
        found = f"coalesce(list_max(list_filter({values.sql}, lambda item: NOT isnan(item))), {found})"
    no_null = f"len(list_filter({values.sql}, lambda item: item IS NULL)) = 0"
    return Value(f"(CASE WHEN {no_null} THEN {found} END)", kind)


def array_histogram(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """How often each element is there; NULL does not count."""
    (value,) = exactly(1, compiler, arguments, node, context)
    values = array_of(compiler, node, value)
    kind = values.type.element
    known = f"list_filter({values.sql}, lambda item: item IS NOT NULL)"
    keys = distinct_sql(compiler, known, kind)
    item, other = compiler.fresh("p"), compiler.fresh("p")
    same = f"{equality.canonical(other, kind)} IS NOT DISTINCT FROM {equality.canonical(item, kind)}"
    counts = f"list_transform({keys}, lambda {item}: len(list_filter({values.sql}, lambda {other}: {same})))"
    return Value(f"(CASE WHEN {values.sql} IS NOT NULL THEN map({keys}, {counts}) END)", t.map_of(kind, t.BIGINT))


def contains_sequence(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Whether the elements of the second array stand in the first one, side by side."""
    a, b, kind = _two(compiler, arguments, node, context)
    part = f"list_slice({a}, place, place + len({b}) - 1)"
    same = f"{equality.canonical(part, kind)} IS NOT DISTINCT FROM {equality.canonical(b, kind)}"
    found = f"len(list_filter(range(1, len({a}) - len({b}) + 2), lambda place: {same})) > 0"
    return Value(_unless_null(a, b, found), t.BOOLEAN)


def element_at(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Of an array the place, from the end if it is negative; of a map the key: NULL if there is none."""
    first, second = exactly(2, compiler, arguments, node, context)
    if first.type.name == "array" and (second.type.is_whole or second.type == t.UNKNOWN):
        return Value(f"trino_element_at({first.sql}, {second.sql})", first.type.element)
    key = t.common(first.type.parameters[0], second.type) if first.type.name == "map" else None
    if key is None:
        raise wrong(compiler, node, "element_at", [first.type, second.type])
    return Value(map_lookup(compiler, first, compiler.coerced(second, key), key), first.type.parameters[1])


def map_lookup(compiler: Compiler, value: Value, sought: str, key: t.Type) -> str:
    """SQL of a map's value; NULL where the key is missing."""
    if equality.is_plain(key):
        return f"map_extract_value({value.sql}, {sought})"
    item = compiler.fresh("p")
    same = f"{equality.canonical(f'{item}.key', key)} = {equality.canonical(sought, key)}"
    return f"list_extract(list_filter(map_entries({value.sql}), lambda {item}: {same}), 1).value"


FUNCTIONS: dict[str, TypedFunction] = {
    "contains": contains,
    "array_position": array_position,
    "array_remove": array_remove,
    "array_distinct": array_distinct,
    "array_union": of_sets,
    "array_intersect": of_sets,
    "array_except": of_sets,
    "arrays_overlap": arrays_overlap,
    "array_join": array_join,
    "array_sort": array_sort,
    "array_max": extreme,
    "array_min": extreme,
    "array_histogram": array_histogram,
    "contains_sequence": contains_sequence,
    "element_at": element_at,
}
