"""What requests to S3 ask for, deletions key by key, and what old S3A asks besides."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from local.engine.iam import s3_deletes, s3_requests
from local.engine.iam.requests import UnknownOperationError
from tests.engine.helpers import Engine
from tests.engine.iam.roles import Role, allow

ASKED = [
    ("GET", "/", {}, ["s3:ListAllMyBuckets *"]),
    ("HEAD", "/b", {}, ["s3:ListBucket b"]),
    ("GET", "/b", {"list-type": "2", "prefix": "a/"}, ["s3:ListBucket b"]),
    ("GET", "/b/", {"location": ""}, ["s3:GetBucketLocation b"]),
    ("GET", "/b", {"uploads": ""}, ["s3:ListBucketMultipartUploads b"]),
    ("GET", "/b/k", {}, ["s3:GetObject b/k"]),
    ("GET", "/b/a b %41/k", {"x-id": "GetObject"}, ["s3:GetObject b/a b %41/k"]),
    ("GET", "/b/k", {"versionId": "1"}, ["s3:GetObjectVersion b/k"]),
    ("GET", "/b/k", {"X-Amz-Signature": "s", "X-Amz-Credential": "c"}, ["s3:GetObject b/k"]),
    ("GET", "/b/k", {"uploadId": "1"}, ["s3:ListMultipartUploadParts b/k"]),
    ("PUT", "/b/k", {}, ["s3:PutObject b/k"]),
    ("PUT", "/b/k", {"partNumber": "1", "uploadId": "1"}, ["s3:PutObject b/k"]),
    ("PUT", "/b/k", {"tagging": ""}, ["s3:PutObjectTagging b/k"]),
    ("POST", "/b/k", {"uploads": ""}, ["s3:PutObject b/k"]),
    ("DELETE", "/b/k", {}, ["s3:DeleteObject b/k"]),
    ("DELETE", "/b/k", {"uploadId": "1"}, ["s3:AbortMultipartUpload b/k"]),
]


@pytest.mark.parametrize(("method", "path", "query", "asked"), ASKED, ids=lambda value: str(value))
def test_a_request_asks_for_the_action_of_its_operation(
    method: str, path: str, query: dict[str, str], asked: list[str]
) -> None:
    found = [
        f"{request.action} {request.resource.removeprefix('arn:aws:s3:::')}"
        for request in s3_requests.requests(method, path, query, {})
    ]

    assert found == asked


def test_a_list_tells_its_prefix_and_one_without_has_none() -> None:
    (with_prefix,) = s3_requests.requests("GET", "/b", {"prefix": "a/", "delimiter": "/"}, {})
    (without,) = s3_requests.requests("GET", "/b", {}, {})

    assert with_prefix.context == {"s3:prefix": "a/", "s3:delimiter": "/"}
    assert without.context == {}


def test_a_copy_asks_for_its_source_too() -> None:
    headers = {"x-amz-copy-source": "/other/a%20b?versionId=1"}

    assert [request.resource for request in s3_requests.requests("PUT", "/b/k", {}, headers)] == [
        "arn:aws:s3:::b/k", "arn:aws:s3:::other/a b",
    ]  # fmt: skip


@pytest.mark.parametrize(("path", "query"), [("/b", {"website": ""}), ("/b/k", {"torrent": ""})])
def test_what_is_not_known_is_said(path: str, query: dict[str, str]) -> None:
    with pytest.raises(UnknownOperationError):
        list(s3_requests.requests("GET", path, query, {}))


BODY = b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object>' \
       b"<Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>"  # fmt: skip


def test_a_deletion_is_split() -> None:
    deletion = s3_deletes.split(BODY, lambda key: "no" if key == "a&b" else None)

    assert deletion is not None
    assert s3_deletes.keys(deletion.body) == ["c"]
    assert not deletion.is_empty
    assert b"Quiet>true" in deletion.body
    for answer in (b"<DeleteResult></DeleteResult>", b"<DeleteResult/>"):
        assert b"<Key>a&amp;b</Key><Code>AccessDenied</Code>" in deletion.answer(answer)
    assert s3_deletes.split(BODY, lambda key: None) is None
    assert s3_deletes.split(b"no XML", lambda key: "no") is None


def test_old_s3a_may_ask_for_folders_above_those_that_its_role_writes(engine: Engine) -> None:
    region = engine.client("s3").meta.region_name
    engine.client("s3").create_bucket(Bucket="parents", CreateBucketConfiguration={"LocationConstraint": region})
    role = Role(engine, [allow(["s3:PutObject"], "arn:aws:s3:::parents/temp/own/*"), allow("s3:ListBucket")])
    key = role.client("s3")._request_signer._credentials.access_key

    def status(path: str, authorization: str) -> int:
        request = urllib.request.Request(  # noqa: S310 # a fixed http address
            f"{engine.url}/parents/{path}", method="HEAD", headers={"Authorization": authorization}
        )
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(request)  # noqa: S310 # as above
        return answered.value.code

    old, new = f"AWS {key}:x", f"AWS4-HMAC-SHA256 Credential={key}/20261127/eu-west-1/s3/aws4_request, Signature=x"
    assert status("temp", old) == 404
    # the folder itself, one aside, and any other client
    assert (status("temp/own", old), status("other", old), status("temp", new)) == (403, 403, 403)
