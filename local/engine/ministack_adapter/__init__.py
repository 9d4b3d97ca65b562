"""The one place that reaches into MiniStack; tests/engine/test_ministack_adapter.py fails when an upgrade moves a seam.

Whatever runs after a request runs in a copy of its context, since MiniStack's stores go by it: `run_in_context`.
"""

from local.engine.ministack_adapter.answers import Handler
from local.engine.ministack_adapter.catalog import (
    classifier,
    crawler_tags,
    crawlers,
    create_crawler,
    create_database,
    create_table,
    database_name,
    database_names,
    delete_crawler,
    delete_database,
    delete_table,
    table,
    tables,
    update_table,
)
from local.engine.ministack_adapter.functions import keep_functions_here, read_event_source_numbers, stop_workers
from local.engine.ministack_adapter.identity import account_of, acting_for, caller, glue_tags, mark_functions
from local.engine.ministack_adapter.jobs import job, keep_all_of_jobs, on_job_deleted
from local.engine.ministack_adapter.messages import drop_service_events, put_event, write_log
from local.engine.ministack_adapter.objects import (
    S3Object,
    bucket_exists,
    list_objects,
    open_object,
    put_object,
    read_object,
)
from local.engine.ministack_adapter.operations import (
    add_athena_actions,
    add_glue_actions,
    guard_crawler_update,
    on_crawler_deleted,
    on_reset,
)
from local.engine.ministack_adapter.partitions import (
    create_partition,
    create_partitions,
    delete_partition,
    partitions,
    update_partitions,
)
from local.engine.ministack_adapter.queries import executions, prepared_statements, run_ddl, workgroup
from local.engine.ministack_adapter.roles import role_exists
from local.engine.ministack_adapter.scope import account_id, region, run_in_context, scoped_dict
from local.engine.ministack_adapter.stacks import keep_attributes_in_nested_stacks
from local.engine.ministack_adapter.streams import keep_closed_shards, keep_encryption_of_streams

__all__ = [
    "Handler",
    "S3Object",
    "account_id",
    "account_of",
    "acting_for",
    "add_athena_actions",
    "add_glue_actions",
    "bucket_exists",
    "caller",
    "classifier",
    "crawler_tags",
    "crawlers",
    "create_crawler",
    "create_database",
    "create_partition",
    "create_partitions",
    "create_table",
    "database_name",
    "database_names",
    "delete_crawler",
    "delete_database",
    "delete_partition",
    "delete_table",
    "drop_service_events",
    "executions",
    "glue_tags",
    "guard_crawler_update",
    "job",
    "keep_all_of_jobs",
    "keep_attributes_in_nested_stacks",
    "keep_closed_shards",
    "keep_encryption_of_streams",
    "keep_functions_here",
    "list_objects",
    "mark_functions",
    "on_crawler_deleted",
    "on_job_deleted",
    "on_reset",
    "open_object",
    "partitions",
    "prepared_statements",
    "put_event",
    "put_object",
    "read_event_source_numbers",
    "read_object",
    "region",
    "role_exists",
    "run_ddl",
    "run_in_context",
    "scoped_dict",
    "stop_workers",
    "table",
    "tables",
    "update_partitions",
    "update_table",
    "workgroup",
    "write_log",
]
