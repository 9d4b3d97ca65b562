"""Probability distributions, and other numbers that SQL has no words for.

Sources: Trino's page "Mathematical functions and operators"; the continued fraction of the incomplete beta function is
that of DiDonato and Morris's textbook form (Numerical Recipes 6.4, written again here).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from local.engine.athena.failures import QueryFailedError


def _need(is_right: bool, message: str) -> None:
    if not is_right:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)


def normal_cdf(mean: float, deviation: float, value: float) -> float:
    """normal_cdf."""
    _need(deviation > 0, "standardDeviation must be > 0")
    return 0.5 * (1 + math.erf((value - mean) / (deviation * math.sqrt(2))))


def inverse_normal_cdf(mean: float, deviation: float, p: float) -> float:
    """inverse_normal_cdf."""
    _need(0 < p < 1, "p must be 0 > p > 1")
    _need(deviation > 0, "standardDeviation must be > 0")
    return NormalDist(mean, deviation).inv_cdf(p)


def beta_cdf(a: float, b: float, value: float) -> float:
    """beta_cdf."""
    _need(0 <= value <= 1, "value must be in the interval [0, 1]")
    _need(a > 0 and b > 0, "a, b must be > 0")
    return incomplete_beta(a, b, value)


def inverse_beta_cdf(a: float, b: float, p: float) -> float:
    """inverse_beta_cdf, by halving the interval."""
    _need(0 <= p <= 1, "p must be in the interval [0, 1]")
    _need(a > 0 and b > 0, "a, b must be > 0")
    low, high = 0.0, 1.0
    while high - low > 1e-17 and (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if incomplete_beta(a, b, middle) < p else (low, middle)
    return (low + high) / 2 if p not in (0, 1) else float(p)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function."""
    if x in (0, 1):
        return float(x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    total = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 + term * d, 1 + term / c
            d, c = 1 / (d if abs(d) > tiny else tiny), c if abs(c) > tiny else tiny
            total *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return total


def t_pdf(value: float, freedom: float) -> float:
    """t_pdf."""
    _need(freedom > 0, "df must be > 0")
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - 0.5 * math.log(freedom * math.pi)
    return math.exp(scale - (freedom + 1) / 2 * math.log1p(value * value / freedom))


def t_cdf(value: float, freedom: float) -> float:
    """t_cdf."""
    _need(freedom > 0, "df must be > 0")
    tail = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2
    return 1 - tail if value > 0 else tail


def wilson_lower(successes: int, trials: int, z: float) -> float:
    """wilson_interval_lower."""
    return _wilson(successes, trials, z, -1)


def wilson_upper(successes: int, trials: int, z: float) -> float:
    """wilson_interval_upper."""
    return _wilson(successes, trials, z, 1)


def _wilson(successes: int, trials: int, z: float, sign: int) -> float:
    _need(successes >= 0, "number of successes must not be negative")
    _need(trials > 0, "number of trials must be positive")
    _need(successes <= trials, "number of successes must not be larger than number of trials")
    _need(z >= 0, "z-score must not be negative")
    p = successes / trials
    half = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return (p + z * z / (2 * trials) + sign * half) / (1 + z * z / trials)


def cosine_similarity(keys: list[str], values: list[float], others: list[str], weights: list[float]) -> float | None:
    """cosine_similarity of two sparse vectors."""
    if None in values or None in weights:
        return None
    one, two = dict(zip(keys, values, strict=True)), dict(zip(others, weights, strict=True))
    size = math.sqrt(sum(v * v for v in values)) * math.sqrt(sum(v * v for v in weights))
    product = sum(value * two.get(key, 0.0) for key, value in one.items())
    return product / size if size else math.nan


def width_bucket(value: float, bounds: list[float]) -> int:
    """width_bucket of a list of bounds."""
    _need(bool(bounds), "Bins cannot be an empty array")
    _need(value == value, "Operand cannot be NaN")
    _need(all(b is not None and math.isfinite(b) for b in bounds), "Bin values must be finite")
    _need(all(a < b for a, b in itertools.pairwise(bounds)), "Bin values are not sorted in ascending order")
    return sum(1 for bound in bounds if bound <= value)


def round_whole(number: int, digits: int) -> int:
    """Round of a whole number to tens, hundreds and so on."""
    if digits <= -19:
        raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", f"numerical overflow: {number}")
    unit = int(10**-digits)
    rest = abs(number) + unit // 2
    return (rest - rest % unit) * (-1 if number < 0 else 1)


def left_shift(number: int, places: int, bits: int) -> int:
    """bitwise_left_shift."""
    return 0 if places >= bits else _signed(number << (places & 63), bits)


def right_shift(number: int, places: int, bits: int) -> int:
    """bitwise_right_shift, filled with zeros."""
    return 0 if places >= bits else _signed((number & ((1 << bits) - 1)) >> (places & 63), bits)


def right_shift_arithmetic(number: int, places: int, bits: int) -> int:
    """bitwise_right_shift_arithmetic, filled with the sign."""
    return number >> (bits - 1 if places >= bits else places & 63)


def _signed(number: int, bits: int) -> int:
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


def bit_count(number: int, bits: int) -> int:
    """bit_count in two's complement of so many bits."""
    _need(2 <= bits <= 64, "Bits specified in bit_count must be between 2 and 64")
    _need(
        -(1 << (bits - 1)) <= number < 1 << (bits - 1), f"Number must be representable with the bits specified: {bits}"
    )
    return (number & ((1 << bits) - 1)).bit_count()


def cube_root(value: float) -> float:
    """Cbrt, one step nearer than the C library's, as Java's is."""
    found = math.cbrt(value)
    if not math.isfinite(found) or found == 0:
        return found
    return found - (found * found * found - value) / (3 * found * found)


def luhn_check(digits: str) -> bool:
    """luhn_check."""
    _need((digits.isascii() and digits.isdigit()) or not digits, f"Input contains an invalid character: {digits}")
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return bool(digits) and total % 10 == 0


def format_number(number: float) -> str:
    """format_number: three digits and a unit."""
    for unit, size in (("Q", 1e15), ("T", 1e12), ("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if abs(number) >= size:
            scaled = number / size
            digits = 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0
            return f"{scaled:.{digits}f}".rstrip("0").rstrip(".") + unit if digits else f"{scaled:.0f}{unit}"
    digits = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    shown = f"{number:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if digits else shown


def combinations(count: int, size: int) -> list[list[int]]:
    """The places of each combination, in the order of their last ones."""
    _need(size >= 0, f"combination size must not be negative: {size}")
    _need(size <= 5, f"combination size must not exceed 5: {size}")
    if size > count:
        return []
    _need(math.comb(count, size) <= 100_000, "combinations exceed max size")
    return sorted((list(one) for one in itertools.combinations(range(1, count + 1), size)), key=lambda one: one[::-1])


def _shown(run: Callable[..., float | None]) -> Callable[..., str | None]:
    def call(*arguments: Any) -> str | None:
        found = run(*arguments)
        return None if found is None else repr(found)

    return call


B, D, V = "BIGINT", "DOUBLE", "VARCHAR"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    # DuckDB would take NaN for NULL: these give texts
    "py_normal_cdf": (_shown(normal_cdf), (D, D, D), V),
    "py_inverse_normal_cdf": (_shown(inverse_normal_cdf), (D, D, D), V),
    "py_beta_cdf": (_shown(beta_cdf), (D, D, D), V),
    "py_inverse_beta_cdf": (_shown(inverse_beta_cdf), (D, D, D), V),
    "py_t_pdf": (_shown(t_pdf), (D, D), V),
    "py_t_cdf": (_shown(t_cdf), (D, D), V),
    "py_wilson_interval_lower": (_shown(wilson_lower), (B, B, D), V),
    "py_wilson_interval_upper": (_shown(wilson_upper), (B, B, D), V),
    "py_cosine_similarity": (_shown(cosine_similarity), ("VARCHAR[]", "DOUBLE[]", "VARCHAR[]", "DOUBLE[]"), V),
    "py_width_bucket": (width_bucket, (D, "DOUBLE[]"), B),
    "py_cbrt": (cube_root, (D,), D),
    "py_round_whole": (round_whole, (B, B), "HUGEINT"),
    "py_left_shift": (left_shift, (B, B, B), B),
    "py_right_shift": (right_shift, (B, B, B), B),
    "py_right_shift_arithmetic": (right_shift_arithmetic, (B, B, B), B),
    "py_bit_count": (bit_count, (B, B), B),
    "py_luhn_check": (luhn_check, (V,), "BOOLEAN"),
    "py_format_number": (format_number, (D,), V),
    "py_combinations": (combinations, (B, B), "BIGINT[][]"),
}
