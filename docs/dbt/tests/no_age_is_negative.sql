select * from {{ ref('stg_person') }} where age < 0
