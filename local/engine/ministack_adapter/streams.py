"""Kinesis streams, as MiniStack keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import kinesis
from ministack.services.cloudformation import provisioners

from local.engine.ministack_adapter.answers import Response

_ENDED = "ending_sequence_number"
_TYPE = "AWS::Kinesis::Stream"


def keep_encryption_of_streams() -> None:
    """Keep what a stack says of a stream's encryption; MiniStack 1.5.33 drops it."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_all(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, properties, stack_name)
        _encrypt(name, properties)
        return name, attributes

    def update_all(
        physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        name, attributes = update(physical_id, old, new, stack_name)
        _encrypt(name, new)
        return name, attributes

    provisioners._RESOURCE_HANDLERS[_TYPE] = handlers | {"create": create_all, "update": update_all}


def _encrypt(name: str, properties: Mapping[str, Any]) -> None:
    asked = properties.get("StreamEncryption") or {}
    stream = kinesis._streams[name]
    stream["EncryptionType"] = asked.get("EncryptionType", "NONE")
    stream["KeyId"] = asked.get("KeyId")


def keep_closed_shards() -> None:
    """Let shards that are split, merged or replaced be read to their end; MiniStack drops them with their records."""
    for name in ("_split_shard", "_merge_shards", "_update_shard_count"):
        setattr(kinesis, name, _closing(getattr(kinesis, name)))
    route, show, get, summarize = (
        getattr(kinesis, name) for name in ("_route_to_shard", "_shard_out", "_get_records", "_describe_stream_summary")
    )

    def show_end(shard_id: str, shard: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = show(shard_id, shard)
        if _ENDED in shard:
            shown["SequenceNumberRange"]["EndingSequenceNumber"] = shard[_ENDED]
        return shown

    def get_to_the_end(data: Mapping[str, Any]) -> Response:
        at = kinesis._shard_iterators.get(data.get("ShardIterator")) or {}
        shard = (kinesis._streams.get(at.get("stream")) or {"shards": {}})["shards"].get(at.get("shard_id")) or {}
        response: Response = get(data)
        if response[0] >= 300 or _ENDED not in shard:
            return response
        answer = json.loads(response[2])
        if at["position"] + len(answer["Records"]) >= len(shard["records"]):
            answer["NextShardIterator"] = None
        return response[0], response[1], json.dumps(answer).encode()

    def summarize_open(data: Mapping[str, Any]) -> Response:
        _, stream = kinesis._resolve_stream(data)
        response: Response = summarize(data)
        if response[0] >= 300:
            return response
        answer = json.loads(response[2])
        answer["StreamDescriptionSummary"]["OpenShardCount"] = len(_open(stream["shards"]))
        return response[0], response[1], json.dumps(answer).encode()

    kinesis._route_to_shard = lambda number, stream: route(number, {"shards": _open(stream["shards"])})
    kinesis._shard_out, kinesis._get_records = show_end, get_to_the_end
    kinesis._describe_stream_summary = summarize_open


def _closing(operation: Callable[[Mapping[str, Any]], Response]) -> Callable[[Mapping[str, Any]], Response]:
    """The operation on the open shards; what it removes stays, closed, and what it adds gets names of its own."""

    def act(data: Mapping[str, Any]) -> Response:
        _, stream = kinesis._resolve_stream(data)
        if not stream:
            return operation(data)
        before = stream["shards"]
        stream["shards"] = _open(before)
        response = operation(data)
        left = stream["shards"]
        new = {name: shard for name, shard in left.items() if before.get(name) is not shard}
        if not before.keys().isdisjoint(new):
            first = kinesis._max_shard_index({"shards": before}) + 1
            new = {f"shardId-{first + place:012d}": shard for place, shard in enumerate(new.values())}
        for name, shard in before.items():
            if left.get(name) is not shard:
                shard.setdefault(_ENDED, kinesis._next_sequence_number())
        stream["shards"] = before | new
        return response

    return act


def _open(shards: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: shard for name, shard in shards.items() if _ENDED not in shard}
