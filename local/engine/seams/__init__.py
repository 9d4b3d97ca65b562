"""The one place that reaches into MiniStack; tests/engine/test_seams.py fails when an upgrade moves a seam.

Whatever runs after a request runs in a copy of its context, since MiniStack's stores go by it: `run_in_context`.
"""

from local.engine.seams.answers import Handler
from local.engine.seams.catalog import (
    classifier,
    crawler_tags,
    crawlers,
    create_crawler,
    create_database,
    create_partition_index,
    create_table,
    database_name,
    database_names,
    databases,
    delete_crawler,
    delete_database,
    delete_table,
    ensure_default_database,
    glue_entries,
    keep_default_database_over_resets,
    partition_indexes,
    table,
    tables,
    update_table,
    user_defined_functions,
)
from local.engine.seams.functions import keep_functions_here, read_event_source_numbers, stop_workers
from local.engine.seams.identity import account_of, acting_for, caller, glue_tags, mark_functions
from local.engine.seams.jobs import job, keep_all_of_jobs, on_job_deleted
from local.engine.seams.messages import drop_service_events, put_event, write_log
from local.engine.seams.objects import S3Object, bucket_exists, list_objects, open_object, put_object, read_object
from local.engine.seams.operations import (
    add_athena_actions,
    add_glue_actions,
    answer_unknown_actions,
    guard_crawler_update,
    on_crawler_deleted,
    on_reset,
)
from local.engine.seams.partitions import (
    create_partition,
    create_partitions,
    delete_partition,
    partitions,
    update_partition,
    update_partitions,
)
from local.engine.seams.queries import executions, prepared_statements, run_ddl, workgroup
from local.engine.seams.roles import role_exists, role_may
from local.engine.seams.scope import account_id, region, run_in_context, scoped_dict
from local.engine.seams.stacks import keep_attributes_in_nested_stacks
from local.engine.seams.streams import keep_closed_shards, keep_encryption_of_streams
from local.engine.seams.table_versions import archived_versions, keep_tables_as_glue

__all__ = [
    "Handler",
    "S3Object",
    "account_id",
    "account_of",
    "acting_for",
    "add_athena_actions",
    "add_glue_actions",
    "answer_unknown_actions",
    "archived_versions",
    "bucket_exists",
    "caller",
    "classifier",
    "crawler_tags",
    "crawlers",
    "create_crawler",
    "create_database",
    "create_partition",
    "create_partition_index",
    "create_partitions",
    "create_table",
    "database_name",
    "database_names",
    "databases",
    "delete_crawler",
    "delete_database",
    "delete_partition",
    "delete_table",
    "drop_service_events",
    "ensure_default_database",
    "executions",
    "glue_entries",
    "glue_tags",
    "guard_crawler_update",
    "job",
    "keep_all_of_jobs",
    "keep_attributes_in_nested_stacks",
    "keep_closed_shards",
    "keep_default_database_over_resets",
    "keep_encryption_of_streams",
    "keep_functions_here",
    "keep_tables_as_glue",
    "list_objects",
    "mark_functions",
    "on_crawler_deleted",
    "on_job_deleted",
    "on_reset",
    "open_object",
    "partition_indexes",
    "partitions",
    "prepared_statements",
    "put_event",
    "put_object",
    "read_event_source_numbers",
    "read_object",
    "region",
    "role_exists",
    "role_may",
    "run_ddl",
    "run_in_context",
    "scoped_dict",
    "stop_workers",
    "table",
    "tables",
    "update_partition",
    "update_partitions",
    "update_table",
    "user_defined_functions",
    "workgroup",
    "write_log",
]
