"""The policies of the application: what roles may do, and whom queues, topics, buckets and keys admit."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.engine.iam.evaluator import Decision, Request, as_list, evaluate, statements
from verification.template_rules.application import Application, Resource

Policy = dict[str, Any]
ROLE = "AWS::IAM::Role"
_RESOURCE_POLICIES = {
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::S3::BucketPolicy": "Bucket",
}


def of_role(application: Application, role: Resource) -> list[Policy]:
    """Every policy of a role: its own, and those of the application that are attached to it."""
    found = [policy["PolicyDocument"] for policy in role.properties.get("Policies") or []]
    attached = role.properties.get("ManagedPolicyArns") or []
    for policy in application.of("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        roles = policy.properties.get("Roles") or as_list(policy.properties.get("RoleName", []))
        if role.name in roles or (policy.type == "AWS::IAM::ManagedPolicy" and policy.arn in attached):
            found.append(policy.properties["PolicyDocument"])
    return found


def grants(application: Application, role: Resource) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each allow statement of a role with each of its actions."""
    for policy in of_role(application, role):
        for statement in statements(policy):
            if statement["Effect"] == "Allow":
                yield from ((statement, str(action)) for action in as_list(statement.get("Action", [])))


def of_resource(application: Application, resource: Resource) -> list[Policy]:
    """The policies that say who may use a queue, a topic, a bucket or a key."""
    if resource.type == "AWS::KMS::Key":
        return [resource.properties["KeyPolicy"]]
    names = {resource.name, resource.stack.scope.ref(resource.id)}
    found = []
    for policy in application.of(*_RESOURCE_POLICIES):
        named = as_list(policy.properties.get(_RESOURCE_POLICIES[policy.type]))
        if names & {str(name) for name in named}:
            found.append(policy.properties["PolicyDocument"])
    return found


def admits(application: Application, resource: Resource, request: Request) -> Decision:
    """Whether the resource's own policies allow a service's request."""
    return evaluate(of_resource(application, resource), request)


def service_request(service: str, action: str, resource: str, source: Resource) -> Request:
    """What a service asks in the name of a resource of ours."""
    context = {
        "aws:SourceArn": source.arn,
        "aws:SourceAccount": source.stack.scope.account.id,
        "aws:SecureTransport": "true",
    }
    return Request(action, resource, context, f"{service}.amazonaws.com")


def stranger_request(service: str, action: str, resource: str) -> Request:
    """What the same service asks in the name of somebody else's account: the confused deputy."""
    stranger = "999999999999"
    context = {
        "aws:SourceArn": f"arn:aws:{service}:us-east-1:{stranger}:rule/theirs",
        "aws:SourceAccount": stranger,
        "aws:SecureTransport": "true",
    }
    return Request(action, resource, context, f"{service}.amazonaws.com")
