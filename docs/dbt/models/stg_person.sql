{{ config(materialized='view') }}

select
  to_hex(md5(to_utf8(name || '|' || city))) as person_key,
  name,
  city,
  age,
  cast(age_group as integer) as age_group
from {{ source('curated', 'person') }}
