"""What roles and policies may never say: every action, every resource, every function's role for another."""

import re
from collections.abc import Iterator

from local.engine.iam.evaluator import as_list, statements
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

UNSCOPED = {
    "cloudwatch:PutMetricData": "has no resource types; the condition key cloudwatch:namespace bounds it",
    "glue:GetClassifier": "has no resource types: a classifier has no ARN",
    "lakeformation:GetDataAccess": "has no resource types; Lake Formation's own grants decide",
}
"""Actions that take no resource, after the service authorization reference, each with the reason."""
MANAGED = {
    "AmazonDMSVPCManagementRole": "of dms-vpc-role, which an account has once, under a name that DMS looks for",
    "AmazonDMSCloudWatchLogsRole": "of dms-cloudwatch-logs-role, likewise",
}
"""AWS's own policies that its guide asks for by name, for roles that are the account's and not the application's
(https://docs.aws.amazon.com/dms/latest/userguide/security-iam.html#CHAP_Security.APIRole)."""


def roles_name_their_actions(application: Application) -> Iterator[Finding]:
    for role in application.of(policies.ROLE):
        for statement, action in policies.grants(application, role):
            if "*" in action or "?" in action:
                yield of(role, f"may do {action} by its statement {statement.get('Sid')}: name the actions")
        for policy in policies.of_role(application, role):
            for statement in statements(policy):
                if statement["Effect"] == "Allow" and {"NotAction", "NotResource"} & set(statement):
                    yield of(role, f"allows all but something by its statement {statement.get('Sid')}")


def resource_policies_name_their_actions(application: Application) -> Iterator[Finding]:
    """A key's administrators are the exception: without them a key can never be changed again."""
    for resource in application.of(
        "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy", "AWS::KMS::Key"
    ):
        document = resource.properties.get("PolicyDocument") or resource.properties.get("KeyPolicy")
        for statement in statements(document or {"Statement": []}):
            wide = [action for action in as_list(statement.get("Action", [])) if "*" in action]
            principal = statement.get("Principal")
            root = isinstance(principal, dict) and str(principal.get("AWS", "")).endswith(":root")
            if statement["Effect"] == "Allow" and wide and not (resource.type == "AWS::KMS::Key" and root):
                yield of(resource, f"allows {', '.join(wide)} by its statement {statement.get('Sid')}")


def resources_are_scoped(application: Application) -> Iterator[Finding]:
    """`Resource: "*"` only where AWS offers no scope."""
    for role in application.of(policies.ROLE):
        for statement, action in policies.grants(application, role):
            for resource in as_list(statement.get("Resource", [])):
                # an ARN whose resource part is an asterisk is no scope either
                wide = resource == "*" or re.fullmatch(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:\*", str(resource))
                if wide and action not in UNSCOPED:
                    yield of(role, f"may do {action} on {resource} by its statement {statement.get('Sid')}")


def wide_resources_give_their_reason(application: Application) -> Iterator[Finding]:
    for stack in application.stacks:
        for number, line in enumerate(stack.text.splitlines(), 1):
            if re.search(r"Resource:\s*[\"']\*[\"']", line) and "#" not in line:
                yield Finding(f"{stack.file}:{number}", 'has Resource: "*" without a reason beside it')


def managed_policies_are_not_used(application: Application) -> Iterator[Finding]:
    """AWS's own change without us, and open every bucket whose name contains aws-glue, or every log group."""
    for role in application.of(policies.ROLE):
        for arn in role.properties.get("ManagedPolicyArns") or []:
            if application.at(arn) is None and str(arn).rsplit("/", 1)[-1] not in MANAGED:
                yield of(role, f"has the managed policy {arn}: write down what is needed of it")


def functions_have_roles_of_their_own(application: Application) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for function in application.of(wiring.FUNCTION):
        role = wiring.role_of(application, function)
        if role is None:
            yield of(function, "has no role of this application")
            continue
        if role.id not in role.stack.declared:
            yield of(function, f"has the role {role.id}, which SAM made up: give it one of its own")
        if role.arn in seen:
            yield of(function, f"shares the role {role.id} with {seen[role.arn]}")
        seen[role.arn] = function.id
        trusted = {
            service
            for statement in statements(role.properties["AssumeRolePolicyDocument"])
            for service in as_list(statement["Principal"].get("Service", []))
        }
        if trusted != {"lambda.amazonaws.com"}:
            yield of(role, f"is trusted to {', '.join(sorted(trusted)) or 'no service'}; it is for Lambda alone")


def tags_bound_what_may_be_started(application: Application) -> Iterator[Finding]:
    """Crawlers and jobs of others in the account are none of our business: the tag of the stage says whose they are."""
    for role in application.of(policies.ROLE):
        if not any(wiring.role_of(application, function) is role for function in application.of(wiring.FUNCTION)):
            continue
        for statement, action in policies.grants(application, role):
            named = " ".join(map(str, as_list(statement.get("Resource", []))))
            tags = (statement.get("Condition") or {}).get("StringEquals") or {}
            is_any = ":crawler/*" in named or ":job/*" in named
            if action.startswith("glue:") and is_any and "aws:ResourceTag/landfall:stage" not in tags:
                yield of(role, f"may do {action} on any crawler or job: the tag landfall:stage is not asked for")


CHECKS = (
    roles_name_their_actions,
    resource_policies_name_their_actions,
    resources_are_scoped,
    wide_resources_give_their_reason,
    managed_policies_are_not_used,
    functions_have_roles_of_their_own,
    tags_bound_what_may_be_started,
)
