{% snapshot person_cities %}
{{ config(unique_key='name', strategy='check', check_cols=['city'], table_type='hive', format='parquet') }}
select name, city from {{ ref('stg_person') }}
{% endsnapshot %}
