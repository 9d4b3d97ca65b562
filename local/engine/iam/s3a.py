"""What Spark's S3 client of this engine asks for, and that of Glue 5.1 goes on without.

Before it makes a folder, Hadoop's S3A asks for each folder above. Newer versions take a 403 there for nothing (Hadoop's
MkdirOperation: "Access denied when looking for parent directory; skipping checks"); 3.3.1, which the engine has, fails.
So such a question is let through, and finds nothing. It also deletes those folders' markers; newer ones keep them.
"""

from __future__ import annotations

from local.engine import ministack_adapter
from local.engine.calls import Head
from local.engine.iam.evaluator import as_list, statements
from local.engine.ministack_adapter import Principal


def asks_for_parent(principal: Principal, head: Head) -> bool:
    """Whether S3A asks for a folder above one that the role may write below; the folder itself is judged."""
    bucket, _, key = head.path.lstrip("/").partition("/")
    return head.method == "HEAD" and _is_s3a(head) and is_empty_parent(principal, bucket, key)


def tidies_parent(principal: Principal, head: Head, bucket: str, key: str) -> bool:
    """Whether S3A deletes the marker of such a folder, and there is none: newer versions leave markers alone."""
    return key.endswith("/") and _is_s3a(head) and is_empty_parent(principal, bucket, key)


def _is_s3a(head: Head) -> bool:
    """It is the only client here that signs with version 2: local/spark/jvm.py."""
    return head.headers.get("authorization", "").startswith("AWS ")


def is_empty_parent(principal: Principal, bucket: str, key: str) -> bool:
    """Whether there is no such object, and the role may write somewhere below it but not directly."""
    role = ministack_adapter.role_policies(principal.role)
    if role is None or not key or ministack_adapter.object_exists(bucket, key) is not False:
        return False
    start = f"arn:aws:s3:::{bucket}/{key.rstrip('/')}/"
    places = (
        str(resource)
        for policy in role.identity
        for statement in statements(policy)
        if statement["Effect"] == "Allow" and "s3:PutObject" in as_list(statement.get("Action", []))
        for resource in as_list(statement.get("Resource", []))
    )
    return any(place.startswith(start) and place != f"{start}*" for place in places)
