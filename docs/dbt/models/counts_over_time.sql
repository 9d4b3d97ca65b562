{{ config(materialized='incremental', incremental_strategy='append') }}

select
  timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as counted_at,
  count(*) as people
from {{ ref('stg_person') }}
