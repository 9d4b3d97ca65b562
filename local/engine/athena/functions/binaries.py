"""Binary functions: encodings, hashes and bytes.

Sources: Trino's page "Binary functions and operators"; RFC 4648; the published descriptions of MurmurHash3 and xxHash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

from local.engine.athena.failures import QueryFailedError

_MASK = (1 << 64) - 1


def _wrong(message: str) -> QueryFailedError:
    return QueryFailedError("INVALID_FUNCTION_ARGUMENT", message)


def from_hex(text: str) -> bytes:
    """from_hex."""
    if len(text) % 2:
        raise _wrong(f"invalid input length {len(text)}")
    if not re.fullmatch("[0-9a-fA-F]*", text):
        raise _wrong(f"invalid hex character in {text}")
    return bytes.fromhex(text)


def from_base32(text: str) -> bytes:
    """from_base32, with padding or without."""
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise _wrong(f"Unrecognized character in base32: {text}") from error


def from_base64(text: str) -> bytes:
    """from_base64, with padding or without."""
    return _from_base64(text, rb"+/")


def from_base64url(text: str) -> bytes:
    """from_base64url, with padding or without."""
    return _from_base64(text, rb"-_")


def _from_base64(text: str, signs: bytes) -> bytes:
    if not re.fullmatch(rf"[A-Za-z0-9{re.escape(signs.decode())}]*={{0,2}}", text):
        raise _wrong(f"Illegal base64 character in {text}")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=signs)
    except binascii.Error as error:
        raise _wrong(f"Input byte array has wrong ending: {text}") from error


def to_big_endian(number: int, size: int) -> bytes:
    """to_big_endian_32 and _64."""
    return number.to_bytes(size, "big", signed=True)


def from_big_endian(data: bytes, size: int) -> int:
    """from_big_endian_32 and _64."""
    if len(data) != size:
        raise _wrong(f"expected {size}-byte input, but got instead: {len(data)}")
    return int.from_bytes(data, "big", signed=True)


def from_ieee754(data: bytes, size: int) -> str:
    """from_ieee754_32 and _64, as text: DuckDB would take NaN for NULL."""
    if len(data) != size:
        raise _wrong(f"Input floating-point value must be exactly {size} bytes long")
    return repr(struct.unpack(">f" if size == 4 else ">d", data)[0])


def substring(data: bytes, start: int, length: int) -> bytes:
    """Substr of bytes: from 1, or from the end."""
    if start == 0 or length <= 0 or start > len(data) or -start > len(data):
        return b""
    first = start - 1 if start > 0 else len(data) + start
    return data[first : first + length]


def pad(data: bytes, size: int, filler: bytes, left: bool) -> bytes:
    """Lpad and rpad of bytes."""
    if not 0 <= size < 1 << 31:
        raise _wrong("Target length must be in the range [0..2147483647]")
    if not filler:
        raise _wrong("Padding bytes must not be empty")
    missing = size - len(data)
    if missing <= 0:
        return data[:size]
    padding = (filler * (missing // len(filler) + 1))[:missing]
    return padding + data if left else data + padding


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> (64 - bits)) & _MASK


def murmur3(data: bytes) -> bytes:
    """MurmurHash3, 128 bits for 64-bit machines, seed 0; as bytes of the two halves, the low one first."""
    one, two = 0, 0
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        k1, k2 = struct.unpack_from("<QQ", data, at)
        one ^= _rotated(k1 * c1 & _MASK, 31) * c2 & _MASK
        one = ((_rotated(one, 27) + two) * 5 + 0x52DCE729) & _MASK
        two ^= _rotated(k2 * c2 & _MASK, 33) * c1 & _MASK
        two = ((_rotated(two, 31) + one) * 5 + 0x38495AB5) & _MASK
    k1, k2 = struct.unpack("<QQ", data[whole:].ljust(16, b"\0"))
    two ^= _rotated(k2 * c2 & _MASK, 33) * c1 & _MASK
    one ^= _rotated(k1 * c1 & _MASK, 31) * c2 & _MASK
    one, two = one ^ len(data), two ^ len(data)
    one = (one + two) & _MASK
    two = (two + one) & _MASK
    one, two = _mixed(one), _mixed(two)
    one = (one + two) & _MASK
    return struct.pack("<QQ", one, (two + one) & _MASK)


def _mixed(number: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        number = (number ^ number >> 33) * factor & _MASK
    return number ^ number >> 33


_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def _round(state: int, lane: int) -> int:
    return _rotated((state + lane * _P2) & _MASK, 31) * _P1 & _MASK


def xxhash64(data: bytes) -> bytes:
    """XXH64 with the seed 0, big-endian."""
    at = 0
    if len(data) >= 32:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        while at + 32 <= len(data):
            read = struct.unpack_from("<4Q", data, at)
            lanes = [_round(state, lane) for state, lane in zip(lanes, read, strict=True)]
            at += 32
        total = sum(_rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            total = ((total ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        total = _P5
    total = (total + len(data)) & _MASK
    while at + 8 <= len(data):
        total = (_rotated(total ^ _round(0, struct.unpack_from("<Q", data, at)[0]), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= len(data):
        total = (_rotated(total ^ struct.unpack_from("<I", data, at)[0] * _P1 & _MASK, 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in data[at:]:
        total = _rotated(total ^ byte * _P5 & _MASK, 11) * _P1 & _MASK
    total = (total ^ total >> 33) * _P2 & _MASK
    total = (total ^ total >> 29) * _P3 & _MASK
    return (total ^ total >> 32).to_bytes(8, "big")


def _keyed(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda data, key: hmac.new(bytes(key), bytes(data), name).digest()


def _of_bytes(run: Callable[..., Any]) -> Callable[..., Any]:
    """DuckDB may hand over a bytearray or memoryview."""
    return lambda data, *others: run(bytes(data), *others)


V, B, BLOB = "VARCHAR", "BIGINT", "BLOB"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    **{f"py_hmac_{name}": (_keyed(name), (BLOB, BLOB), BLOB) for name in ("md5", "sha1", "sha256", "sha512")},
    "py_sha512": (_of_bytes(lambda data: hashlib.sha512(data).digest()), (BLOB,), BLOB),
    "py_crc32": (_of_bytes(zlib.crc32), (BLOB,), B),
    "py_murmur3": (_of_bytes(murmur3), (BLOB,), BLOB),
    "py_xxhash64": (_of_bytes(xxhash64), (BLOB,), BLOB),
    "py_from_hex": (from_hex, (V,), BLOB),
    "py_to_base32": (_of_bytes(lambda data: base64.b32encode(data).decode()), (BLOB,), V),
    "py_to_base64url": (_of_bytes(lambda data: base64.urlsafe_b64encode(data).decode()), (BLOB,), V),
    "py_from_base32": (from_base32, (V,), BLOB),
    "py_from_base64": (from_base64, (V,), BLOB),
    "py_from_base64url": (from_base64url, (V,), BLOB),
    "py_latin": (_of_bytes(lambda data: data.decode("latin-1")), (BLOB,), V),
    "py_to_big_endian": (to_big_endian, (B, B), BLOB),
    "py_from_big_endian": (_of_bytes(from_big_endian), (BLOB, B), B),
    "py_to_ieee754_32": (lambda number: struct.pack(">f", number), ("FLOAT",), BLOB),
    "py_to_ieee754_64": (lambda number: struct.pack(">d", number), ("DOUBLE",), BLOB),
    "py_from_ieee754": (_of_bytes(from_ieee754), (BLOB, B), V),
    "py_reverse_bytes": (_of_bytes(lambda data: data[::-1]), (BLOB,), BLOB),
    "py_substr_bytes": (_of_bytes(substring), (BLOB, B, B), BLOB),
    "py_pad_bytes": (lambda d, n, f, left: pad(bytes(d), n, bytes(f), left), (BLOB, B, BLOB, "BOOLEAN"), BLOB),
}
