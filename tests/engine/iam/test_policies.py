"""Boundaries, session policies, resource policies, keys, managed policies, trust: each can refuse, each can allow."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import Engine, until
from tests.engine.iam.roles import ACCOUNT, TRUSTS_ALL, TRUSTS_GLUE, Role, allow, arn, policy, report

_numbers = itertools.count(1)


@pytest.fixture
def queue(engine: Engine) -> str:
    """The URL of a queue."""
    return str(engine.client("sqs").create_queue(QueueName=f"queue-{next(_numbers)}")["QueueUrl"])


@pytest.fixture
def bucket(engine: Engine) -> str:
    """A bucket with an object `a`."""
    name = f"judged-bucket-{next(_numbers)}"
    region = engine.client("s3").meta.region_name
    engine.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    engine.client("s3").put_object(Bucket=name, Key="a", Body=b"x")
    return name


def send(role: Role, queue: str, **assume: Any) -> None:
    role.client("sqs", **assume).send_message(QueueUrl=queue, MessageBody="x")


def test_a_boundary_limits_what_the_role_s_policies_allow(engine: Engine, queue: str) -> None:
    role = Role(engine, [allow("sqs:*")])
    limits = [
        engine.client("iam").create_policy(PolicyName=f"limit-{next(_numbers)}", PolicyDocument=policy(allow(action)))
        for action in ("sqs:SendMessage", "s3:*")
    ]
    wide, narrow = (limit["Policy"]["Arn"] for limit in limits)

    engine.client("iam").put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=wide)
    send(role, queue)
    engine.client("iam").put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=narrow)

    with pytest.raises(ClientError, match="no permissions boundary allows the sqs:sendmessage action"):
        send(role, queue)


def test_a_session_policy_limits_its_session(engine: Engine, queue: str) -> None:
    role = Role(engine, [allow("sqs:*")])

    send(role, queue, Policy=policy(allow("sqs:SendMessage", "*")))

    with pytest.raises(ClientError, match="no session policy allows"):
        send(role, queue, Policy=policy(allow("sqs:SendMessage", arn("sqs", "other"))))


def test_a_managed_policy_counts_and_a_new_version_of_it_at_once(engine: Engine, queue: str) -> None:
    iam, role = engine.client("iam"), Role(engine, [])
    made = iam.create_policy(PolicyName=f"managed-{next(_numbers)}", PolicyDocument=policy(allow("sqs:SendMessage")))
    iam.attach_role_policy(RoleName=role.name, PolicyArn=made["Policy"]["Arn"])
    send(role, queue)

    iam.create_policy_version(
        PolicyArn=made["Policy"]["Arn"], PolicyDocument=policy(allow("sqs:ReceiveMessage")), SetAsDefault=True
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        send(role, queue)


def test_an_explicit_deny_beats_every_allow(engine: Engine, queue: str) -> None:
    role = Role(engine, [allow("*"), {"Effect": "Deny", "Action": "sqs:Send*", "Resource": "*"}])

    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        send(role, queue)
    assert role.denials()[0]["denied_by"]["Action"] == "sqs:Send*"


def test_a_queue_s_policy_can_admit_and_deny_a_role(engine: Engine, queue: str) -> None:
    admitted, denied = Role(engine, []), Role(engine, [allow("sqs:*")])
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": admitted.arn}, "Action": "sqs:SendMessage", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": denied.arn}, "Action": "sqs:SendMessage", "Resource": "*"},
    ]
    engine.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(*statements)})

    send(admitted, queue)

    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        send(denied, queue)


def test_a_queue_s_policy_that_names_the_account_is_no_right_of_its_roles(engine: Engine, queue: str) -> None:
    role = Role(engine, [])
    whole = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sqs:SendMessage", "Resource": "*"}
    engine.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(whole)})

    with pytest.raises(ClientError, match="AccessDenied"):
        send(role, queue)


def test_a_bucket_s_policy_can_admit_a_role(engine: Engine, bucket: str) -> None:
    role = Role(engine, [])
    own = {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": "s3:GetObject",
           "Resource": f"arn:aws:s3:::{bucket}/a"}  # fmt: skip
    with pytest.raises(ClientError, match="AccessDenied"):
        role.client("s3").get_object(Bucket=bucket, Key="a")

    engine.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(own))

    role.client("s3").get_object(Bucket=bucket, Key="a")


def test_a_deny_without_tls_denies_nobody_here(engine: Engine, bucket: str) -> None:
    plain = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    engine.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy(plain))

    Role(engine, [allow("s3:GetObject")]).client("s3").get_object(Bucket=bucket, Key="a")


@pytest.mark.parametrize("missing", ["kms:Decrypt", "kms:GenerateDataKey"])
def test_an_object_under_a_customer_s_key_needs_rights_on_it(engine: Engine, bucket: str, missing: str) -> None:
    key = engine.client("kms").create_key()["KeyMetadata"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}}
    engine.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    engine.client("s3").put_object(
        Bucket=bucket, Key="secret", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"]
    )
    both = {"kms:Decrypt", "kms:GenerateDataKey"}
    whole = Role(engine, [allow("s3:*"), allow(sorted(both), key["Arn"])])
    partly = Role(engine, [allow("s3:*"), allow(sorted(both - {missing}), key["Arn"])])

    for role in (whole, partly):
        s3 = role.client("s3")
        call = s3.get_object if missing == "kms:Decrypt" else s3.put_object
        body = {} if missing == "kms:Decrypt" else {"Body": b"y"}
        if role is whole:
            call(Bucket=bucket, Key="secret", **body)
        else:
            with pytest.raises(ClientError, match=f"{missing} on resource") as refused:
                call(Bucket=bucket, Key="secret", **body)
            assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_key_that_names_no_account_is_closed_to_its_policies(engine: Engine, bucket: str) -> None:
    role = Role(engine, [allow("*")])
    other = {"Effect": "Allow", "Principal": {"AWS": Role(engine, []).arn}, "Action": "kms:*", "Resource": "*"}
    key = engine.client("kms").create_key(Policy=policy(other))["KeyMetadata"]
    engine.client("s3").put_object(
        Bucket=bucket, Key="closed", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key["Arn"]
    )

    with pytest.raises(ClientError, match="no resource-based policy allows the kms:Decrypt action"):
        role.client("s3").get_object(Bucket=bucket, Key="closed")


def test_a_topic_s_key_is_asked_for_by_who_publishes(engine: Engine) -> None:
    key = engine.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"topic-{next(_numbers)}"
    topic = engine.client("sns").create_topic(Name=name, Attributes={"KmsMasterKeyId": key})["TopicArn"]
    partly = Role(engine, [allow("sns:Publish"), allow("kms:Decrypt")])
    whole = Role(engine, [allow("sns:Publish"), allow(["kms:Decrypt", "kms:GenerateDataKey"])])

    whole.client("sns").publish(TopicArn=topic, Message="x")
    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        partly.client("sns").publish(TopicArn=topic, Message="x")


def test_a_role_is_assumed_as_its_trust_says(engine: Engine) -> None:
    asks = Role(engine, [allow("sts:AssumeRole")])
    has_none = Role(engine, [])
    named = Role(engine, [], {**TRUSTS_ALL, "Principal": {"AWS": has_none.arn}})
    closed = Role(engine, [], TRUSTS_GLUE)
    external = Role(engine, [], {**TRUSTS_ALL, "Condition": {"StringEquals": {"sts:RoleSessionName": "this"}}})

    def assume(role: Role, target: Role, name: str = "any") -> None:
        role.client("sts").assume_role(RoleArn=target.arn, RoleSessionName=name)

    # who is named needs no right of its own; whose account is named does
    assume(has_none, named)
    assume(asks, external, "this")
    for role, target in ((asks, named), (asks, closed), (asks, external)):
        with pytest.raises(ClientError) as refused:
            assume(role, target)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_one_of_aws_s_own_policies_that_is_not_here_is_not_guessed(engine: Engine, queue: str) -> None:
    role = Role(engine, [])
    unknown = "arn:aws:iam::aws:policy/service-role/NobodyHasThis"
    try:
        engine.client("iam").attach_role_policy(RoleName=role.name, PolicyArn=unknown)
    except ClientError:
        pytest.skip("the emulator refuses policies that it does not know")

    send(role, queue)

    assert [line["role"] for line in report(engine)["not_judged"] if line["role"] == role.name]


def test_who_makes_a_crawler_hands_on_its_role(engine: Engine, bucket: str) -> None:
    crawls = Role(engine, [allow("*")], TRUSTS_GLUE)
    engine.client("glue").create_database(DatabaseInput={"Name": bucket})
    request = {
        "Role": crawls.arn, "DatabaseName": bucket, "Targets": {"S3Targets": [{"Path": f"s3://{bucket}/"}]},
    }  # fmt: skip
    passes = allow("iam:PassRole", crawls.arn, StringEquals={"iam:PassedToService": "glue.amazonaws.com"})

    Role(engine, [allow("glue:CreateCrawler"), passes]).client("glue").create_crawler(Name=f"{bucket}-1", **request)

    with pytest.raises(ClientError, match="iam:PassRole"):
        Role(engine, [allow("glue:CreateCrawler")]).client("glue").create_crawler(Name=f"{bucket}-2", **request)


def test_glue_makes_no_crawler_with_a_role_that_does_not_trust_it(engine: Engine, bucket: str) -> None:
    engine.client("glue").create_database(DatabaseInput={"Name": bucket})

    with pytest.raises(ClientError, match="Service is unable to assume provided role"):
        engine.client("glue").create_crawler(
            Name=bucket, Role=Role(engine, [allow("*")]).arn, DatabaseName=bucket,
            Targets={"S3Targets": [{"Path": f"s3://{bucket}/"}]},
        )  # fmt: skip


def test_judging_is_counted_and_timed(engine: Engine, queue: str) -> None:
    before = report(engine)
    role = Role(engine, [allow("sqs:SendMessage")])
    for _ in range(20):
        send(role, queue)
    after = report(engine)

    assert after["judged"] - before["judged"] >= 20
    assert 0 < after["milliseconds"] - before["milliseconds"] < 1000
    assert json.dumps(after)


def test_a_stack_s_topic_keeps_its_key(engine: Engine) -> None:
    key = engine.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"stack-{next(_numbers)}"
    template: Any = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}}}
    stacks, topic = engine.client("cloudformation"), arn("sns", name)
    role = Role(engine, [allow("sns:Publish")])

    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
    until(lambda: stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    role.client("sns").publish(TopicArn=topic, Message="x")
    template["Resources"]["Topic"]["Properties"]["KmsMasterKeyId"] = key
    stacks.update_stack(StackName=name, TemplateBody=json.dumps(template))
    until(lambda: stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE")

    with pytest.raises(ClientError, match="kms:GenerateDataKey"):
        role.client("sns").publish(TopicArn=topic, Message="x")
