{{ config(materialized='table', partitioned_by=['country']) }}

select
  p.city,
  count(*) as people,
  avg(p.age) as average_age,
  coalesce(c.country, 'unknown') as country
from {{ ref('stg_person') }} as p
left join {{ ref('cities') }} as c on c.city = p.city
group by p.city, c.country
