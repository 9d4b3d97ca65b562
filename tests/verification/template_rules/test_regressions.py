"""Deliberate regressions, one at a time: each is what somebody could land by mistake, and is caught by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from verification.template_rules.application import Template, application, source, sources
from verification.template_rules.checks import CHECKS

MAIN, PIPELINE, SOURCE = "template.yaml", "pipelines/pipeline.yaml", "pipelines/source.yaml"
Templates = dict[str, Template]


@dataclass(frozen=True)
class Regression:
    """What somebody did, and the check that finds it."""

    what: str
    caught_by: str
    change: Callable[[Templates], object]


def put(logical_id: str, path: str, value: Any, file: str = MAIN) -> Callable[[Templates], object]:
    """Set a property, given by its path; numbers in it are positions of lists."""

    def change(templates: Templates) -> None:
        *way, last = _steps(path)
        found = templates[file]["Resources"][logical_id]
        for step in way:
            found = found[step]
        found[last] = value

    return change


def drop(logical_id: str, path: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Remove a property; its absence beforehand is an error."""

    def change(templates: Templates) -> None:
        *way, last = _steps(path)
        found = templates[file]["Resources"][logical_id]
        for step in way:
            found = found[step]
        del found[last]

    return change


def remove(logical_id: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Remove a resource."""
    return lambda templates: templates[file]["Resources"].pop(logical_id)


def to_the_end(logical_id: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Put a resource after all others of its template."""

    def change(templates: Templates) -> None:
        resources = templates[file]["Resources"]
        resources[logical_id] = resources.pop(logical_id)

    return change


def statement(logical_id: str, sid: str, name: str, value: Any, file: str = MAIN) -> Callable[[Templates], object]:
    """Set an element of the statement with this Sid, in a role or a resource policy."""

    def change(templates: Templates) -> None:
        properties = templates[file]["Resources"][logical_id]["Properties"]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
        found = [item for document in documents for item in document["Statement"] if item.get("Sid") == sid]
        assert len(found) == 1, f"{logical_id} has {len(found)} statements {sid}"
        # anchors are shared between roles: this one alone is to change
        changed = {key: inner for key, inner in found[0].items() if key != name}
        if value is not None:
            changed[name] = value
        for document in documents:
            document["Statement"] = [changed if item is found[0] else item for item in document["Statement"]]

    return change


def _steps(path: str) -> list[Any]:
    return [int(step) if step.isdecimal() else step for step in path.split(".")]


TARGET = "Properties.Targets.0"
EVENT = "Properties.Events.Queue.Properties"
TOLD, SETTINGS = "Properties.KinesisSettings", "Properties.ReplicationSettings"
MAPPING = "Properties.TableMappings.rules.1"

REGRESSIONS = [
    Regression("forget a queue's dead-letter queue", "queues_have_dead_letter_queues",
               drop("UploadQueue", "Properties.RedrivePolicy")),
    Regression("forget a rule's dead-letter queue", "rules_have_dead_letter_queues",
               drop("CrawlerStateRule", f"{TARGET}.DeadLetterConfig")),
    Regression("let a rule invoke a function directly", "rules_deliver_to_queues",
               put("CrawlerStateRule", f"{TARGET}.Arn", {"Fn::GetAtt": ["OnCrawlerState", "Arn"]})),
    Regression("give up after one receive", "queues_are_tried_often_enough",
               put("QueryStateQueue", "Properties.RedrivePolicy.maxReceiveCount", 1)),
    Regression("keep dead letters for four days", "dead_letters_are_kept_as_long_as_sqs_can",
               drop("UploadDeadLetterQueue", "Properties.MessageRetentionPeriod")),
    Regression("forget the alarm of a dead-letter queue", "dead_letter_queues_have_alarms",
               remove("CrawlerStateDeadLetterAlarm")),
    Regression("look at the wrong metric", "dead_letter_queues_have_alarms",
               put("UploadDeadLetterAlarm", "Properties.MetricName", "NumberOfMessagesReceived")),
    Regression("an alarm that tells nobody", "alarms_have_actions",
               drop("UploadDeadLetterAlarm", "Properties.AlarmActions")),
    Regression("take the AWS-managed key of SNS", "alarms_can_publish",
               put("OnCallTopic", "Properties.KmsMasterKeyId", "alias/aws/sns")),
    Regression("forget CloudWatch in the key's policy", "alarms_can_publish",
               statement("OnCallKey", "PublishersThroughTheTopic", "Principal", {"Service": "events.amazonaws.com"})),
    Regression("forget CloudWatch in the topic's policy", "alarms_can_publish",
               statement("OnCallTopicPolicy", "Alarms", "Principal", {"Service": "events.amazonaws.com"})),
    Regression("forget where failed sweeps go", "failed_invocations_are_kept",
               drop("Watchdog", "Properties.EventInvokeConfig")),
    Regression("forget a queue's policy", "rules_may_send", remove("QueryStateQueuePolicy")),
    Regression("admit another rule than the queue's own", "rules_may_send",
               statement("CrawlerStateQueuePolicy", "CrawlerStateRule", "Condition",
                         {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["QueryStateRule", "Arn"]}}})),
    Regression("name a pipeline's rule as the upload queue does not admit", "rules_may_send",
               put("UploadRule", "Properties.Name", {"Fn::Sub": "uploads-${Name}"}, PIPELINE)),
    Regression("admit everybody's rules", "policies_refuse_strangers",
               statement("QueryStateQueuePolicy", "QueryStateRule", "Condition", None)),
    Regression("admit a service without its source", "services_are_admitted_with_their_source",
               statement("OnCallTopicPolicy", "Alarms", "Condition", None)),
    Regression("let the whole world publish", "nobody_is_everybody",
               statement("OnCallTopicPolicy", "Alarms", "Principal", "*")),
    Regression("take away a poller's right", "functions_may_read_their_queues",
               statement("OnUploadRole", "OwnQueue", "Action", ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"])),
    Regression("send a function's logs elsewhere", "functions_may_write_their_logs",
               statement("OnUploadRole", "OwnLogs", "Resource", {"Fn::GetAtt": ["WatchdogLogs", "Arn"]})),
    Regression("take a large batch without a window", "batches_above_ten_have_a_window",
               drop("OnUpload", f"{EVENT}.MaximumBatchingWindowInSeconds")),
    Regression("forget to bound concurrency", "concurrency_is_bounded", drop("OnUpload", f"{EVENT}.ScalingConfig")),
    Regression("ask for more than is reserved", "concurrency_is_bounded",
               put("OnUpload", "Properties.ReservedConcurrentExecutions", 2)),
    Regression("let sweeps overlap", "schedules_do_not_overlap", put("Watchdog", "Properties.Timeout", 600)),
    Regression("forget partial failures", "records_fail_alone", drop("OnUpload", f"{EVENT}.FunctionResponseTypes")),
    Regression("hide messages for less than the timeout needs", "messages_stay_hidden_while_they_are_handled",
               put("OnUpload", "Properties.Timeout", 300)),
    Regression("rename a handler", "handlers_import", put("OnQueryState", "Properties.Handler", "app.handle")),
    Regression("forget a layer", "handlers_import",
               lambda templates: templates[MAIN]["Globals"]["Function"]["Layers"].pop()),
    Regression("move a layer", "layers_are_there", put("LandfallLayer", "Properties.ContentUri", "layers/land-fall")),
    Regression("forget a variable", "variables_are_set",
               drop("OnUpload", "Properties.Environment.Variables.WORKGROUP")),
    Regression("set a variable that nobody reads", "variables_are_read",
               put("OnUpload", "Properties.Environment", {"Variables": {"UPLOAD_LIMIT": "1"}})),
    Regression("let Lambda make the log group", "functions_have_logs_with_retention",
               drop("OnCrawlerState", "Properties.LoggingConfig")),
    Regression("keep logs for ever", "functions_have_logs_with_retention",
               drop("WatchdogLogs", "Properties.RetentionInDays")),
    Regression("send a topic in the clear", "everything_is_encrypted",
               drop("OnCallTopic", "Properties.KmsMasterKeyId")),
    Regression("keep the state in the clear", "everything_is_encrypted",
               drop("StateTable", "Properties.SSESpecification")),
    Regression("let clients choose where results go", "everything_is_encrypted",
               put("WorkGroup", "Properties.WorkGroupConfiguration.EnforceWorkGroupConfiguration", False)),
    Regression("never rotate the key", "keys_are_rotated", drop("OnCallKey", "Properties.EnableKeyRotation")),
    Regression("open a bucket", "buckets_block_public_access",
               drop("LakeBucket", "Properties.PublicAccessBlockConfiguration")),
    Regression("take uploads over plain HTTP", "plain_http_is_refused", remove("LakeBucketPolicy")),
    Regression("forget a bucket's versions", "buckets_are_versioned_or_say_why_not",
               drop("LakeBucket", "Properties.VersioningConfiguration")),
    Regression("let the state go with the stack", "state_and_data_are_retained", drop("StateTable", "DeletionPolicy")),
    Regression("let a dataset's tables go with it", "state_and_data_are_retained",
               drop("Database", "UpdateReplacePolicy", PIPELINE)),
    Regression("forget backups of the state", "state_can_be_restored",
               drop("StateTable", "Properties.PointInTimeRecoverySpecification")),
    Regression("leave a parameter without a word", "parameters_and_outputs_are_described",
               lambda templates: templates[PIPELINE]["Parameters"]["Owner"].pop("Description")),
    Regression("show a secret", "secrets_are_not_shown",
               lambda templates: templates[MAIN]["Parameters"].update(
                   PagerRoutingKey={"Type": "String", "Description": "The key."})),
    Regression("two resources that need each other", "nothing_depends_on_itself",
               put("UploadDeadLetterQueue", "DependsOn", "UploadQueue")),
    Regression("allow every action of a service", "roles_name_their_actions",
               statement("OnUploadRole", "Announce", "Action", "events:*")),
    Regression("allow an action on everything", "resources_are_scoped",
               statement("WatchdogRole", "AllStates", "Resource", "*")),
    Regression("attach a managed policy", "managed_policies_are_not_used",
               put("CrawlerRole", "Properties.ManagedPolicyArns",
                   ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"], PIPELINE)),
    Regression("share a role", "functions_have_roles_of_their_own",
               put("OnQueryState", "Properties.Role", {"Fn::GetAtt": ["OnUploadRole", "Arn"]})),
    Regression("let SAM make the role", "functions_have_roles_of_their_own",
               lambda templates: [drop("OnUpload", "Properties.Role")(templates), remove("OnUploadRole")(templates)]),
    Regression("forget what a schedule's role may", "schedules_may_act",
               statement("WatchdogScheduleRole", "Invoke", "Resource", {"Fn::GetAtt": ["OnUpload", "Arn"]})),
    Regression("forget that failed sweeps are sent", "functions_may_keep_failed_events",
               statement("WatchdogRole", "DeadLetters", "Action", "sqs:ReceiveMessage")),
    Regression("let a service do everything with a queue", "resource_policies_name_their_actions",
               statement("CrawlerStateQueuePolicy", "CrawlerStateRule", "Action", "sqs:*")),
    Regression("start anybody's crawler", "tags_bound_what_may_be_started",
               statement("WatchdogRole", "LookAtCrawlers", "Condition", None)),
    Regression("narrow a policy to other actions", "calls_are_allowed",
               statement("OnUploadRole", "State", "Action", ["dynamodb:GetItem"])),
    Regression("narrow a policy to another resource", "calls_are_allowed",
               statement("WatchdogRole", "AllPipelines", "Resource", {"Fn::GetAtt": ["StateTable", "Arn"]})),
    Regression("ask for another tag", "calls_are_allowed",
               statement("OnUploadRole", "StartCrawlers", "Condition",
                         {"StringEquals": {"aws:ResourceTag/stage": {"Ref": "Stage"}}})),
    Regression("trust another function with the query role", "calls_are_allowed",
               put("QueryRole", "Properties.AssumeRolePolicyDocument.Statement.0.Principal",
                   {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/other"}}, PIPELINE)),
    Regression("rename a role", "calls_are_allowed",
               lambda templates: [
                   templates[MAIN]["Resources"].update(Other=templates[MAIN]["Resources"].pop("OnUploadRole")),
                   put("OnUpload", "Properties.Role", {"Fn::GetAtt": ["Other", "Arn"]})(templates),
               ]),
    Regression("take from a crawler what it needs on real Glue", "needs_are_allowed",
               statement("CrawlerRole", "WriteDatabase", "Action", ["glue:GetTable", "glue:CreateTable"], PIPELINE)),
    Regression("take from Athena what it reads on its caller's behalf", "needs_are_allowed",
               statement("QueryRole", "Data", "Resource", {"Fn::Sub": "arn:aws:s3:::${Bucket}"}, PIPELINE)),
    Regression("widen a policy by an action", "grants_are_used",
               statement("OnUploadRole", "State", "Action",
                         ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"])),
    Regression("widen a policy by a statement", "grants_are_used",
               statement("OnCrawlerStateRole", "LookAtCrawlers", "Action", ["glue:GetCrawler", "glue:StopCrawler"])),
    Regression("widen a policy by a resource", "resources_are_used",
               statement("OnUploadRole", "Hints", "Resource",
                         [{"Fn::GetAtt": ["CrawlerStateQueue", "Arn"]}, {"Fn::GetAtt": ["QueryStateQueue", "Arn"]}])),
    Regression("let a crawler write what it reads", "grants_are_used",
               statement("CrawlerRole", "ReadObjects", "Action", ["s3:GetObject", "s3:PutObject"], PIPELINE)),
    Regression("misspell a state in a rule", "rules_deliver_what_is_meant_for_them",
               put("CrawlerStateRule", "Properties.EventPattern.detail.state", ["SUCCEEDED", "Failed"])),
    Regression("hear of every upload of the bucket", "rules_deliver_what_is_meant_for_them",
               drop("UploadRule", "Properties.EventPattern.detail.object", PIPELINE)),
    Regression("hear of what belongs to another function", "rules_deliver_nothing_else",
               put("CrawlerStateRule", "Properties.EventPattern",
                   {"detail-type": ["Glue Crawler State Change", "Athena Query State Change"]})),
    Regression("misspell a detail type", "rules_match_something",
               put("RequestRule", "Properties.EventPattern.detail-type", ["Run requested"])),
    Regression("misspell a property", "properties_fit_their_schemas",
               put("LakeBucket", "Properties.VersionConfiguration", {"Status": "Enabled"})),
    Regression("misspell a property of a structure", "properties_fit_their_schemas",
               put("Target", f"{TOLD}.IncludeControlDetail", True, SOURCE)),
    Regression("forget a property that must be", "properties_fit_their_schemas",
               drop("ReplicationConfig", "Properties.TableMappings", SOURCE)),
    Regression("write a word that the schema does not have", "properties_fit_their_schemas",
               put("ReplicationConfig", "Properties.ReplicationType", "full-load-and-changes", SOURCE)),
    Regression("write text for a number", "properties_fit_their_schemas",
               put("Cluster", "Properties.BackupRetentionPeriod", "a week", SOURCE)),
    Regression("set what only CloudFormation can", "properties_fit_their_schemas",
               put("Cluster", "Properties.DBClusterArn", "arn:aws:rds:us-east-1:123456789012:cluster:x", SOURCE)),
    Regression("write a format as the guide's prose does", "properties_fit_the_service_s_model",
               put("Target", f"{TOLD}.MessageFormat", "JSON_UNFORMATTED", SOURCE)),
    Regression("write a plugin as its old attribute did", "properties_fit_the_service_s_model",
               put("Source", "Properties.PostgreSqlSettings.PluginName", "test_decoding", SOURCE)),
    Regression("write a TLS mode of another client", "properties_fit_the_service_s_model",
               put("Source", "Properties.SslMode", "prefer", SOURCE)),
    Regression("compare as no alarm does", "properties_fit_the_service_s_model",
               put("SlotLagAlarm", "Properties.ComparisonOperator", "GreaterThan", SOURCE)),
    Regression("misspell a setting of the replication", "replication_settings_are_documented",
               put("ReplicationConfig", f"{SETTINGS}.BeforeImageSettings.EnableBeforeImages", True, SOURCE)),
    Regression("write a policy that there is not", "replication_settings_are_documented",
               put("ReplicationConfig", f"{SETTINGS}.ErrorBehavior.DataErrorPolicy", "STOP", SOURCE)),
    Regression("give text where DMS asks for a number", "replication_settings_are_documented",
               put("ReplicationConfig", f"{SETTINGS}.TargetMetadata.ParallelApplyThreads", {"Ref": "Stage"}, SOURCE)),
    Regression("ask for more threads than Kinesis takes", "replication_settings_are_documented",
               put("ReplicationConfig", f"{SETTINGS}.TargetMetadata.ParallelApplyThreads", 64, SOURCE)),
    Regression("misspell a rule's action", "table_mappings_are_documented",
               put("ReplicationConfig", f"{MAPPING}.rule-action", "map-record", SOURCE)),
    Regression("give two rules one id", "table_mappings_are_documented",
               put("ReplicationConfig", f"{MAPPING}.rule-id", "1", SOURCE)),
    Regression("ask for a capacity that there is not", "capacities_are_ones_that_there_are",
               put("ReplicationConfig", "Properties.ComputeConfig.MaxCapacityUnits", 3, SOURCE)),
    Regression("forget the transactions' details", "changes_are_sent_as_they_are_read",
               drop("Target", f"{TOLD}.IncludeTransactionDetails", SOURCE)),
    Regression("forget the key before", "changes_are_sent_as_they_are_read",
               drop("ReplicationConfig", f"{SETTINGS}.BeforeImageSettings", SOURCE)),
    Regression("send all changes to one shard", "changes_are_sent_as_they_are_read",
               put("ReplicationConfig", f"{MAPPING}.mapping-parameters.partition-key-type", "schema-table", SOURCE)),
    Regression("go on after what cannot be sent", "replications_stop_rather_than_lose",
               put("ReplicationConfig", f"{SETTINGS}.ErrorBehavior.DataErrorPolicy", "LOG_ERROR", SOURCE)),
    Regression("give the database a public address", "databases_are_private",
               drop("Writer", "Properties.PubliclyAccessible", SOURCE)),
    Regression("let a call delete the database", "databases_are_protected",
               drop("Cluster", "Properties.DeletionProtection", SOURCE)),
    Regression("let RDS make the log group", "databases_keep_logs", remove("DatabaseLogs", SOURCE)),
    Regression("write a password into the template", "passwords_are_in_secrets",
               put("Source", "Properties.Password", "{{resolve:ssm:/landfall/password}}", SOURCE)),
    Regression("read the database in the clear", "connections_are_encrypted",
               drop("Source", "Properties.SslMode", SOURCE)),
    Regression("forget logical replication", "sources_can_be_read",
               put("ClusterParameters", "Properties.Parameters", {"rds.force_ssl": "1"}, SOURCE)),
    Regression("let the database go with the stack", "state_and_data_are_retained",
               drop("Cluster", "DeletionPolicy", SOURCE)),
    Regression("keep the database in the clear", "everything_is_encrypted",
               drop("Cluster", "Properties.StorageEncrypted", SOURCE)),
    Regression("let DMS read any secret", "resources_are_scoped",
               statement("SecretRole", "Secret", "Resource", "*", SOURCE)),
    Regression("take from DMS what it needs of the stream", "needs_are_allowed",
               statement("StreamRole", "Stream", "Action", ["kinesis:PutRecord"], SOURCE)),
    Regression("let DMS read what it writes", "grants_are_used",
               statement("StreamRole", "Stream", "Action",
                         ["kinesis:DescribeStream", "kinesis:PutRecord", "kinesis:PutRecords", "kinesis:GetRecords"],
                         SOURCE)),
    Regression("put an alarm at the end of the template", "hops_are_in_one_place", to_the_end("OnJobStateErrorAlarm")),
    Regression("misspell a metric", "alarms_watch_metrics_that_there_are",
               put("LatencyAlarm", "Properties.MetricName", "CDCTargetLatency", SOURCE)),
    Regression("watch a metric by a dimension of another kind of replication", "alarms_watch_metrics_that_there_are",
               put("LatencyAlarm", "Properties.Dimensions.0.Name", "ReplicationTaskIdentifier", SOURCE)),
    Regression("leave a sign out of the alarm that is heard", "alarms_have_actions",
               put("BehindAlarm", "Properties.AlarmRule", {"Fn::Sub": 'ALARM("${SlotLagAlarm}")'}, SOURCE)),
    Regression("listen for alarms of other names", "alarms_have_actions",
               put("StreamAlarmRule", "Properties.EventPattern.detail.alarmName", [{"prefix": "landfall/stream/"}])),
    Regression("hear when a stream's alarm goes off, and not when it is over", "alarms_have_actions",
               put("StreamAlarmRule", "Properties.EventPattern.detail.state", {"value": ["ALARM"]})),
    Regression("name the alarm as no incident is", "alarms_have_actions",
               put("BehindAlarm", "Properties.AlarmName", "source-behind", SOURCE)),
    Regression("misspell an alarm in another's rule", "composite_alarms_name_alarms_that_there_are",
               put("BehindAlarm", "Properties.AlarmRule", 'ALARM("landfall/dev/sources/person-stream/lag")', SOURCE)),
]  # fmt: skip


@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda item: item.what.replace(" ", "-"))
def test_a_regression_is_caught_by_name(regression: Regression) -> None:
    templates = sources()
    regression.change(templates)

    finding = next(iter(CHECKS[regression.caught_by](application(templates))), None)

    assert finding is not None, f"{regression.caught_by} does not see it"


def test_a_wide_resource_without_its_reason_is_caught() -> None:
    text = source(PIPELINE)
    without = "\n".join(line.split("  #")[0] if 'Resource: "*"' in line else line for line in text.splitlines())

    findings = list(CHECKS["wide_resources_give_their_reason"](application(texts={PIPELINE: without})))

    assert [str(finding) for finding in findings if "pipeline.yaml" in finding.where]


def test_every_check_has_a_regression_that_it_catches() -> None:
    seen = {regression.caught_by for regression in REGRESSIONS} | {"wide_resources_give_their_reason"}

    assert set(CHECKS) - seen == set()
