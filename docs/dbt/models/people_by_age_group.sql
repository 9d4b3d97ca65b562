{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=['age_group']) }}

select
  count(*) as people,
  min(age) as youngest,
  max(age) as oldest,
  age_group
from {{ ref('stg_person') }}
{% if var('age_group', none) is not none %}
where age_group = {{ var('age_group') }}
{% endif %}
group by age_group
