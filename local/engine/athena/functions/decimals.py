"""Decimals of up to 38 digits, and numbers as texts. Source: Trino's page "Decimal functions and operators"."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from local.engine.athena.failures import QueryFailedError

_EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN)


def scientific(value: float) -> str:
    """CAST(double AS varchar): 1.25E1."""
    return _special(value) or _exponent(Decimal(shortest(value)))


def shortest(value: float) -> str:
    """The fewest digits that make the same double, but two at least, as Java has it: 4.9e-324."""
    two = f"{value:.1e}"
    return two if math.isfinite(value) and float(two) == value else repr(value)


def scientific_real(value: float) -> str:
    """CAST(real AS varchar): 7 digits at most."""
    return _special(value) or _exponent(Context(prec=7, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(value)))


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0E0" if math.copysign(1, value) < 0 else "0E0"
    return ""


def _exponent(value: Decimal) -> str:
    sign, digits, _ = value.normalize(_EXACT).as_tuple()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{value.adjusted()}"


def double(value: float, digits_of: Callable[[float], str] = shortest) -> str:
    """Java's Double.toString: plain from 0.001 up to ten million, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    number = Decimal(digits_of(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(number.normalize(_EXACT), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, _ = number.normalize().as_tuple()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{number.adjusted()}"


def real(value: float) -> str:
    """Java's Float.toString: as few digits as tell it from its neighbours; DuckDB hands it over as a double."""
    return double(value, shortest_real)


def shortest_real(value: float) -> str:
    """The fewest digits that make the same 32-bit number."""
    if not math.isfinite(value):
        return repr(value)
    return next(shown for n in range(1, 10) if _same_real(value, shown := f"{value:.{n}g}"))


def _same_real(value: float, shown: str) -> bool:
    try:
        return struct.pack("f", float(shown)) == struct.pack("f", value)
    except OverflowError:
        return False


def _json_number(show: Callable[[float], str]) -> Callable[[float], str]:
    return lambda value: show(value) if math.isfinite(value) else f'"{show(value)}"'


def _operated(operate: Callable[[Decimal, Decimal], Decimal]) -> Callable[[str, str, int, int], str]:
    """An operation of two decimals, rounded half up to a scale; a result of more than 38 digits fails."""

    def run(a: str, b: str, precision: int, scale: int) -> str:
        result = operate(Decimal(a), Decimal(b))
        return _fitted(result, precision, scale, f"Decimal overflow: {a}, {b}")

    return run


def _fitted(value: Decimal, precision: int, scale: int, message: str, rounding: str = ROUND_HALF_UP) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-scale), rounding, _EXACT)
    if rounded.copy_abs().scaleb(scale, _EXACT) >= Decimal(10) ** precision:
        raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", message)
    return format(rounded, "f")


def _added(sign: int) -> Callable[[str, str, int, int], str]:
    """A sum or difference; like Trino's, its parts must fit into 128 bits with the places of the result."""

    def run(a: str, b: str, precision: int, scale: int) -> str:
        parts = Decimal(a), Decimal(b)
        if any(abs(part.scaleb(scale, _EXACT)) >= 2**127 for part in parts):
            raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", f"Decimal overflow: {a}, {b}")
        total = _EXACT.add(parts[0], _EXACT.multiply(parts[1], Decimal(sign)))
        return _fitted(total, precision, scale, f"Decimal overflow: {a}, {b}")

    return run


def _divided(a: Decimal, b: Decimal) -> Decimal:
    if b == 0:
        raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
    return _EXACT.divide(a, b)


def _remainder(a: Decimal, b: Decimal) -> Decimal:
    if b == 0:
        raise QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
    return _EXACT.remainder(a, b)


def average(total: str, count: str, precision: int, scale: int) -> str | None:
    """The average of a decimal column."""
    return _operated(_divided)(total, count, precision, scale) if count != "0" else None


def to_decimal(text: str, precision: int, scale: int) -> str:
    """CAST(varchar AS decimal): rounded half up, not more digits than there is room for."""
    try:
        value = Decimal(text.strip())
        if not value.is_finite() or "_" in text:
            raise InvalidOperation
        return _fitted(value, precision, scale, "")
    except (InvalidOperation, QueryFailedError) as error:
        message = f"Cannot cast VARCHAR '{text}' to DECIMAL({precision}, {scale})"
        raise QueryFailedError("INVALID_CAST_ARGUMENT", message) from error


def double_to_decimal(value: float, precision: int, scale: int) -> str:
    """CAST(double AS decimal)."""
    try:
        return _fitted(Decimal(repr(value)), precision, scale, "")
    except (InvalidOperation, QueryFailedError) as error:
        message = f"Cannot cast DOUBLE '{double(value)}' to DECIMAL({precision}, {scale})"
        raise QueryFailedError("INVALID_CAST_ARGUMENT", message) from error


def real_to_decimal(value: float, precision: int, scale: int) -> str:
    """CAST(real AS decimal): by its shortest digits."""
    return double_to_decimal(float(shortest_real(value)), precision, scale)


def round_decimal(text: str, digits: int, precision: int, scale: int) -> str:
    """Round of a decimal to so many places, before the point if they are negative."""
    return _to_places(text, digits, precision, scale, ROUND_HALF_UP)


def truncate_decimal(text: str, digits: int, precision: int, scale: int) -> str:
    """Truncate of a decimal to so many places."""
    return _to_places(text, digits, precision, scale, ROUND_DOWN)


def _to_places(text: str, digits: int, precision: int, scale: int, rounding: str) -> str:
    value = Decimal(text)
    if digits < scale:
        value = value.quantize(Decimal(1).scaleb(-max(digits, -400)), rounding, _EXACT) if digits > -400 else Decimal(0)
    return _fitted(value, precision, scale, f"decimal overflow: {text}")


V, B, D, F = "VARCHAR", "BIGINT", "DOUBLE", "FLOAT"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_double_to_text": (scientific, (D,), V),
    "py_real_to_text": (scientific_real, (F,), V),
    "py_double_to_json": (_json_number(double), (D,), V),
    "py_real_to_json": (_json_number(real), (F,), V),
    "py_double_to_decimal": (double_to_decimal, (D, B, B), V),
    "py_real_to_decimal": (real_to_decimal, (F, B, B), V),
    "py_text_to_decimal": (to_decimal, (V, B, B), V),
    "py_decimal_add": (_added(1), (V, V, B, B), V),
    "py_decimal_subtract": (_added(-1), (V, V, B, B), V),
    "py_decimal_multiply": (_operated(_EXACT.multiply), (V, V, B, B), V),
    "py_decimal_divide": (_operated(_divided), (V, V, B, B), V),
    "py_decimal_modulus": (_operated(_remainder), (V, V, B, B), V),
    "py_decimal_average": (average, (V, V, B, B), V),
    "py_round_decimal": (round_decimal, (V, B, B, B), V),
    "py_truncate_decimal": (truncate_decimal, (V, B, B, B), V),
}
