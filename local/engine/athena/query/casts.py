"""CAST and TRY_CAST, and literals such as DATE '2024-01-01'."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.functions import json_values, macros, zones
from local.engine.athena.query.expressions import Handler, instant, local
from local.engine.athena.query.scope import Context, Value, failure, name_of, text
from local.engine.athena.types import Type

if TYPE_CHECKING:
    from local.engine.athena.query.compiler import Compiler


def cast(compiler: Compiler, node: Any, context: Context) -> Value:
    """CAST(x AS type); TRY_CAST gives NULL where CAST fails."""
    wanted = type_of(node.to)
    if _is_typed_literal(compiler, node):
        return _typed_literal(compiler, node, wanted)
    value = compiler.value(node.this, context)
    sql = converted(value, wanted)
    if sql is None:
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"Cannot cast {value.type} to {wanted}")
    return Value(f"TRY({sql})" if isinstance(node, exp.TryCast) else sql, wanted)


def json_literal(compiler: Compiler, node: Any, context: Context) -> Value:
    """JSON '{"a": 1}'."""
    return Value(text(json_values.parse(str(node.this.this))), t.JSON)


def type_of(node: Any) -> Type:
    """The type that a cast names."""
    try:
        return _type(node)
    except ValueError as error:
        raise not_supported(f"the type {node.sql(dialect='trino').lower()}") from error


def _type(node: Any) -> Type:
    kind = node.this
    name = str(kind.value).lower() if isinstance(kind, exp.DType) else str(kind)
    if name == "array":
        return t.array(_type(node.expressions[0]))
    if name == "map":
        return t.map_of(*(_type(part) for part in node.expressions))
    if name == "struct":
        return t.row(*(_field(part) for part in node.expressions))
    sizes = tuple(int(part.this.this) for part in node.expressions if isinstance(part, exp.DataTypeParam))
    names = {"int": "integer", "float": "real", "text": "varchar", "timestamptz": t.ZONED.name}
    name = names.get(name, name)
    if name == t.ZONED.name:
        return Type(name, sizes or (3,))
    if name == "decimal":
        return t.decimal(*(*(sizes or (38,)), 0)[:2])
    found = t.parse(f"{name}({', '.join(map(str, sizes))})" if sizes else name)
    if found.name == "timestamp" and found.parameters[0] > 6:
        raise ValueError("nanoseconds")
    return found


def _field(part: Any) -> tuple[str | None, Type]:
    if isinstance(part, exp.ColumnDef):
        return name_of(part.this), _type(part.args["kind"])
    return None, _type(part)


def _is_typed_literal(compiler: Compiler, node: Any) -> bool:
    """DATE '…' and CAST('…' AS date) have the same tree; the text tells them apart."""
    start = node.this.meta.get("start") if isinstance(node.this, exp.Literal) and node.this.is_string else None
    if start is None or isinstance(node, exp.TryCast):
        return False
    before = compiler.text[:start].rstrip()
    return not re.search(r"\bCAST\s*\($", before, re.IGNORECASE)


def _typed_literal(compiler: Compiler, node: Any, wanted: Type) -> Value:
    written = str(node.this.this).strip()
    if wanted.name in ("timestamp", t.ZONED.name):
        found = zones.TIMESTAMP.fullmatch(written)
        if found is None:
            raise failure(compiler.text, node, "INVALID_LITERAL", f"'{written}' is not a valid TIMESTAMP literal")
        precision = len(found["fraction"] or "")
        if precision > 6:
            raise not_supported("timestamps of more than 6 digits")
        plain = f"TIMESTAMP '{found['moment']}'"
        if not found["zone"]:
            return Value(plain, Type("timestamp", (precision,)))
        compiler.check_zone(found["zone"])
        return Value(f"trino_in_zone({plain}, {text(found['zone'])})", Type(t.ZONED.name, (precision,)))
    if wanted.name == "decimal":
        whole, _, fraction = written.lstrip("+-").partition(".")
        wanted = t.decimal(max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction))
        return Value(f"CAST({text(written)} AS {t.duckdb_type(wanted)})", wanted)
    if wanted.name == "date" and not re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", written):
        raise failure(compiler.text, node, "INVALID_LITERAL", f"'{written}' is not a valid DATE literal")
    sql = converted(Value(text(written), t.VARCHAR), wanted)
    if sql is None:
        raise not_supported(f"literals of the type {wanted}")
    return Value(sql, wanted)


def converted(value: Value, wanted: Type) -> str | None:
    """SQL of a cast that fails as Athena's does; None if there is no such cast."""
    own = value.type
    if own == wanted:
        return value.sql
    if own == t.UNKNOWN:
        return f"CAST(NULL AS {t.duckdb_type(wanted)})"
    if wanted == t.JSON:
        return _to_json(value)
    if own == t.JSON:
        return _from_json(value, wanted)
    if wanted.name in ("array", "map", "row"):
        return _nested(value, wanted)
    return _plain(value, wanted)


def _from_json(value: Value, wanted: Type) -> str:
    inner = f"py_json_cast({value.sql}, {text(json.dumps(json_values.shape(wanted)))})"
    if wanted.name in ("array", "map", "row"):
        inner = f"CAST({inner} AS JSON)"
    return f"CAST({inner} AS {t.duckdb_type(wanted)})"


def _plain(value: Value, wanted: Type) -> str | None:
    own = value.type
    if own.name in ("varchar", "char"):
        return _from_text(value, wanted)
    if wanted.name in ("varchar", "char"):
        return _to_text(value, wanted)
    if own.name in _TIMES or wanted.name in _TIMES:
        return _of_time(value, wanted)
    if wanted.is_number and (own.is_number or own == t.BOOLEAN):
        return _to_number(value, wanted)
    if wanted == t.BOOLEAN and own.is_number:
        return f"({value.sql} <> 0)"
    return None


_TIMES = ("date", "timestamp", t.ZONED.name, "time")


def _from_text(value: Value, wanted: Type) -> str | None:
    name = {"integer": "integer", "real": "float"}.get(wanted.name, wanted.name)
    if wanted.name in ("varchar", "char"):
        return f"left({value.sql}, {wanted.parameters[0]})" if wanted.parameters else value.sql
    if name == "timestamp":
        return _rounded(f"trino_cast_timestamp({value.sql})", wanted.parameters[0])
    if wanted.is_whole or name in ("float", "double", "boolean", "date"):
        return f"trino_cast_{name}({value.sql})"
    if wanted.name == "decimal":
        sizes = ", ".join(map(str, wanted.parameters))
        return f"CAST(py_text_to_decimal({value.sql}, {sizes}) AS {t.duckdb_type(wanted)})"
    if wanted.name == t.ZONED.name:
        return f"py_text_to_zoned({value.sql})"
    return f"encode({value.sql})" if wanted == t.VARBINARY else None


def _to_text(value: Value, wanted: Type) -> str | None:
    own = value.type
    if own.name in ("double", "real"):
        plain = f"py_{own.name}_to_text({value.sql})"
    elif own.name == "timestamp":
        plain = _moment(value.sql, own.parameters[0])
    elif own.name == t.ZONED.name:
        plain = f"({_moment(local(value), own.parameters[0])} || ' ' || ({value.sql}).z)"
    elif own.is_number or own in (t.BOOLEAN, t.DATE):
        plain = f"CAST({value.sql} AS VARCHAR)"
    else:
        return None
    if not wanted.parameters:
        return plain
    message = f"'Value ' || {plain} || ' cannot be represented as {wanted}'"
    return macros.checked(plain, f"length({plain}) > {wanted.parameters[0]}", "INVALID_CAST_ARGUMENT", message)


def _moment(sql: str, precision: int) -> str:
    if precision == 0:
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    return f"left(strftime({sql}, '%Y-%m-%d %H:%M:%S.%f'), {20 + precision})"


def _to_number(value: Value, wanted: Type) -> str:
    own, target = value.type, t.duckdb_type(wanted)
    if wanted.is_whole and own.name in ("real", "double", "decimal"):
        rounded = f"round({value.sql})"
        return f"CAST({rounded} AS {target})"
    return f"CAST({value.sql} AS {target})"


def _of_time(value: Value, wanted: Type) -> str | None:
    own = value.type.name
    if wanted.name == "date" and own in _TIMES[:3]:
        return f"CAST({local(value)} AS DATE)"
    if wanted.name == "timestamp" and own in _TIMES[:3]:
        finer = own != "date" and value.type.parameters[0] > wanted.parameters[0]
        return _rounded(local(value), wanted.parameters[0]) if finer else local(value)
    if wanted.name == t.ZONED.name and own in _TIMES[:3]:
        return value.sql if own == wanted.name else f"trino_zoned({instant(value)}, 'UTC')"
    return None


def _rounded(sql: str, precision: int) -> str:
    """A timestamp with no more digits than its type has."""
    return sql if precision >= 6 else f"trino_rounded({sql}, {10 ** (6 - precision)})"


def _nested(value: Value, wanted: Type) -> str | None:
    """Element by element."""
    own = value.type
    if own.name != wanted.name or len(own.parameters) != len(wanted.parameters):
        return None
    if own.name == "array":
        item = converted(Value("item", own.element), wanted.element)
        return None if item is None else f"list_transform({value.sql}, lambda item: {item})"
    if own.name == "map":
        parts = [converted(Value("item", old), new) for old, new in zip(own.parameters, wanted.parameters, strict=True)]
        if None in parts:
            return None
        lists = (
            f"list_transform(map_{side}({value.sql}), lambda item: {part})"
            for side, part in zip(("keys", "values"), parts, strict=True)
        )
        return f"map({', '.join(lists)})"
    fields = [
        converted(Value(f"struct_extract({value.sql}, 'f{i}')", old), new)
        for i, ((_, old), (_, new)) in enumerate(zip(own.parameters, wanted.parameters, strict=True))
    ]
    if None in fields:
        return None
    inner = ", ".join(f"f{index} := {field}" for index, field in enumerate(fields))
    return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({inner}) END"


def _to_json(value: Value) -> str | None:
    shown = json_ready(value)
    return None if shown is None else f"py_json_minify(CAST(to_json({shown}) AS VARCHAR))"


def json_ready(value: Value) -> str | None:
    """SQL of a value that DuckDB's to_json writes as Trino does."""
    kind = value.type
    if kind.name == "row":
        fields = [
            json_ready(Value(f"struct_extract({value.sql}, 'f{i}')", own)) for i, (_, own) in enumerate(kind.parameters)
        ]
        names = [name for name, _ in kind.parameters]
        if None in names:
            raise not_supported("rows without names as JSON")
        if None in fields:
            return None
        inner = ", ".join(f'"{name}" := {field}' for name, field in zip(names, fields, strict=True))
        return f"CASE WHEN {value.sql} IS NOT NULL THEN struct_pack({inner}) END"
    if kind.name == "array":
        item = json_ready(Value("item", kind.element))
        return None if item is None else f"list_transform({value.sql}, lambda item: {item})"
    if kind.name == "map":
        item = json_ready(Value("pair.value", kind.parameters[1]))
        own_key = Value("pair.key", kind.parameters[0])
        key = own_key.sql if own_key.type.name == "varchar" else _to_text(own_key, t.VARCHAR)
        if item is None or key is None:
            return None
        # Trino writes the keys in their order
        pairs = (
            f"list_sort(list_transform(map_entries({value.sql}), lambda pair: struct_pack(k := {key}, v := {item})))"
        )
        return f"map(list_transform({pairs}, lambda pair: pair.k), list_transform({pairs}, lambda pair: pair.v))"
    if kind == t.JSON:
        return f"CAST({value.sql} AS JSON)"
    if kind.name in ("date", "timestamp"):
        return _to_text(value, t.VARCHAR)
    return value.sql if kind.is_number or kind.name in ("varchar", "boolean", "unknown") else None


HANDLERS: dict[type, Handler] = {exp.Cast: cast, exp.TryCast: cast, exp.ParseJSON: json_literal}
