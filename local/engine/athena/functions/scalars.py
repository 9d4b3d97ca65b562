"""Scalar functions, by the pages of Trino's documentation (Functions and operators) that Athena's points to."""

TABLE = r"""
# Mathematical functions and operators
abs(N) -> N
ceil|ceiling(<whole>) -> <whole> = $1
ceil|ceiling(<float>) -> <float> = ceil($1)
floor(<whole>) -> <whole> = $1
floor(<float>) -> <float>
round(<whole>) -> <whole> = $1
round(<whole>, bigint) -> <whole> = CAST(round(CAST($1 AS DECIMAL(38, 0)), CAST($2 AS INTEGER)) AS $T)
round(<float>) -> <float> = CAST(trino_round($1, 0) AS $T)
round(<float>, bigint) -> <float> = CAST(trino_round($1, $2) AS $T)
truncate(<float>) -> <float> = trunc($1)
sqrt(double) -> double = CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END
cbrt(double) -> double
exp(double) -> double
ln(double) -> double = trino_log(ln(abs($1)), $1)
log2(double) -> double = trino_log(log2(abs($1)), $1)
log10(double) -> double = trino_log(log10(abs($1)), $1)
log(double, double) -> double = (trino_log(ln(abs($2)), $2) / trino_log(ln(abs($1)), $1))
pow|power(double, double) -> double = pow($1, $2)
pi() -> double = pi()
e() -> double = exp(1.0e0)
infinity() -> double = CAST('Infinity' AS DOUBLE)
nan() -> double = CAST('NaN' AS DOUBLE)
is_nan(double) -> boolean = isnan($1)
is_finite(double) -> boolean = isfinite($1)
is_infinite(double) -> boolean = isinf($1)
degrees(double) -> double
radians(double) -> double
sin|cos|tan|asin|acos|atan|sinh|cosh|tanh(double) -> double
atan2(double, double) -> double
sign(<whole>) -> <whole> = CAST(sign($1) AS $T)
sign(<float>) -> <float> = CAST(sign($1) AS $T)
mod(<whole>, <whole>) -> <whole> = CAST(trino_modulus($1, $2) AS $T)
mod(<float>, <float>) -> <float> = ($1 % $2)
random|rand() -> double = random()
from_base(varchar, bigint) -> bigint = py_from_base($1, $2)
to_base(bigint, bigint) -> varchar = py_to_base($1, $2)
width_bucket(double, double, double, bigint) -> bigint = trino_width_bucket($1, $2, $3, $4)
bitwise_and(bigint, bigint) -> bigint = ($1 & $2)
bitwise_or(bigint, bigint) -> bigint = ($1 | $2)
bitwise_xor(bigint, bigint) -> bigint = xor($1, $2)
bitwise_not(bigint) -> bigint = (~$1)
bit_count(bigint, bigint) -> bigint = py_bit_count($1, $2)

# String functions
length|char_length|character_length(varchar) -> bigint = length($1)
lower(varchar) -> varchar
upper(varchar) -> varchar
reverse(varchar) -> varchar = py_reverse($1)
ltrim(varchar) -> varchar = ltrim($1, e' \t\n\x0b\f\r')
rtrim(varchar) -> varchar = rtrim($1, e' \t\n\x0b\f\r')
trim(varchar) -> varchar = trim($1, e' \t\n\x0b\f\r')
replace(varchar, varchar) -> varchar = replace($1, $2, '')
replace(varchar, varchar, varchar) -> varchar = CASE WHEN $2 = '' THEN py_replace($1, $2, $3) ELSE replace($1, $2, $3) END
strpos(varchar, varchar) -> bigint = instr($1, $2)
starts_with(varchar, varchar) -> boolean
ends_with(varchar, varchar) -> boolean
substr|substring(varchar, bigint) -> varchar = trino_substr($1, $2)
substr|substring(varchar, bigint, bigint) -> varchar = trino_substr_to($1, $2, $3)
split(varchar, varchar) -> array(varchar) = trino_split($1, $2)
split(varchar, varchar, bigint) -> array(varchar) = py_split($1, $2, $3)
split_part(varchar, varchar, bigint) -> varchar = trino_split_part($1, $2, $3)
split_to_map(varchar, varchar, varchar) -> map(varchar,varchar) = map_from_entries(py_split_to_entries($1, $2, $3))
lpad(varchar, bigint, varchar) -> varchar = lpad($1, CAST($2 AS INTEGER), $3)
rpad(varchar, bigint, varchar) -> varchar = rpad($1, CAST($2 AS INTEGER), $3)
chr(bigint) -> varchar = chr(CAST($1 AS INTEGER))
codepoint(varchar) -> integer = unicode($1)
concat_ws(varchar, array(varchar)) -> varchar = array_to_string($2, $1)
concat_ws(varchar, varchar...) -> varchar = concat_ws($*)
translate(varchar, varchar, varchar) -> varchar
levenshtein_distance(varchar, varchar) -> bigint = levenshtein($1, $2)
hamming_distance(varchar, varchar) -> bigint = hamming($1, $2)
normalize(varchar) -> varchar = nfc_normalize($1)
to_utf8(varchar) -> varbinary = encode($1)
from_utf8(varbinary) -> varchar = py_from_utf8($1)
soundex(varchar) -> varchar = py_soundex($1)

# Binary functions
md5(varbinary) -> varbinary = unhex(md5($1))
sha1(varbinary) -> varbinary = unhex(sha1($1))
sha256(varbinary) -> varbinary = unhex(sha256($1))
sha512(varbinary) -> varbinary = py_sha512($1)
crc32(varbinary) -> bigint = py_crc32($1)
to_hex(varbinary) -> varchar = hex($1)
from_hex(varchar) -> varbinary = unhex($1)
to_base64(varbinary) -> varchar = to_base64($1)
from_base64(varchar) -> varbinary = from_base64($1)
length(varbinary) -> bigint = octet_length($1)

# Date and time functions and operators
date(varchar) -> date = trino_cast_date($1)
date(<time>) -> date = CAST($L1 AS DATE)
year(<time>) -> bigint = year($L1)
quarter(<time>) -> bigint = quarter($L1)
month(<time>) -> bigint = month($L1)
week|week_of_year(<time>) -> bigint = weekofyear($L1)
day|day_of_month(<time>) -> bigint = day($L1)
day_of_week|dow(<time>) -> bigint = isodow($L1)
day_of_year|doy(<time>) -> bigint = dayofyear($L1)
year_of_week|yow(<time>) -> bigint = isoyear($L1)
hour(<time>) -> bigint = hour($L1)
minute(<time>) -> bigint = minute($L1)
second(<time>) -> bigint = second($L1)
millisecond(<time>) -> bigint = (millisecond($L1) % 1000)
last_day_of_month(<time>) -> date = last_day(CAST($L1 AS DATE))
timezone_hour(timestamp with time zone) -> bigint = (date_diff('minute', $I1, $L1) // 60)
timezone_minute(timestamp with time zone) -> bigint = (date_diff('minute', $I1, $L1) % 60)
now() -> timestamp with time zone = trino_zoned($now, 'UTC')
current_timezone() -> varchar = 'UTC'
from_unixtime(double) -> timestamp with time zone = trino_zoned(make_timestamp(CAST(round($1 * 1000) AS BIGINT) * 1000), 'UTC')
from_unixtime(double, varchar) -> timestamp with time zone = trino_zoned(make_timestamp(CAST(round($1 * 1000) AS BIGINT) * 1000), $2)
to_unixtime(<time>) -> double = (epoch_us($I1) / 1000000.0e0)
to_iso8601(date) -> varchar = strftime($1, '%Y-%m-%d')
to_iso8601(timestamp) -> varchar = strftime($1, '%Y-%m-%dT%H:%M:%S.%g')
to_iso8601(timestamp with time zone) -> varchar = trino_iso($1)
from_iso8601_timestamp(varchar) -> timestamp with time zone = py_from_iso8601_timestamp($1)
from_iso8601_date(varchar) -> date = CAST(py_from_iso8601_date($1) AS DATE)
date_format(<time>, varchar) -> varchar = py_date_format($L1, $2)
date_parse(varchar, varchar) -> timestamp = py_date_parse($1, $2)
format_datetime(timestamp with time zone, varchar) -> varchar = py_format_datetime($L1, $2, ($1).z)
format_datetime(<time>, varchar) -> varchar = py_format_datetime($L1, $2, 'UTC')
parse_datetime(varchar, varchar) -> timestamp with time zone = py_parse_datetime($1, $2)
with_timezone(timestamp, varchar) -> timestamp with time zone = trino_in_zone($1, $2)
at_timezone(timestamp with time zone, varchar) -> timestamp with time zone = trino_zoned(($1).t, $2)
to_milliseconds(interval day to second) -> bigint = $1
human_readable_seconds(double) -> varchar = py_human_readable_seconds($1)

# Regular expression functions
regexp_like(varchar, varchar) -> boolean = regexp_matches($1, $2)
regexp_extract(varchar, varchar) -> varchar = trino_regexp_extract($1, $2, 0)
regexp_extract(varchar, varchar, bigint) -> varchar = trino_regexp_extract($1, $2, $3)
regexp_extract_all(varchar, varchar) -> array(varchar) = regexp_extract_all($1, $2, 0)
regexp_extract_all(varchar, varchar, bigint) -> array(varchar) = regexp_extract_all($1, $2, CAST($3 AS INTEGER))
regexp_replace(varchar, varchar) -> varchar = regexp_replace($1, $2, '', 'g')
regexp_replace(varchar, varchar, varchar) -> varchar = regexp_replace($1, $2, $3, 'g')
regexp_split(varchar, varchar) -> array(varchar) = regexp_split_to_array($1, $2)
regexp_count(varchar, varchar) -> bigint = len(regexp_extract_all($1, $2))
regexp_position(varchar, varchar) -> integer = py_regexp_position($1, $2)

# JSON functions and operators
json_parse(varchar) -> json = py_json_parse($1)
json_format(json) -> varchar = $1
json_extract(varchar, varchar) -> json = py_json_extract($1, $2)
json_extract(json, varchar) -> json = py_json_extract($1, $2)
json_extract_scalar(varchar, varchar) -> varchar = py_json_extract_scalar($1, $2)
json_extract_scalar(json, varchar) -> varchar = py_json_extract_scalar($1, $2)
json_array_length(varchar) -> bigint = py_json_array_length($1)
json_array_length(json) -> bigint = py_json_array_length($1)
json_array_get(varchar, bigint) -> json = py_json_array_get($1, $2)
json_array_get(json, bigint) -> json = py_json_array_get($1, $2)
json_size(varchar, varchar) -> bigint = py_json_size($1, $2)
json_size(json, varchar) -> bigint = py_json_size($1, $2)
is_json_scalar(varchar) -> boolean = py_is_json_scalar($1)
is_json_scalar(json) -> boolean = py_is_json_scalar($1)

# URL functions
url_extract_protocol|url_extract_host|url_extract_path|url_extract_query|url_extract_fragment(varchar) -> varchar = py_$name($1)
url_extract_port(varchar) -> bigint = py_url_extract_port($1)
url_extract_parameter(varchar, varchar) -> varchar = py_url_extract_parameter($1, $2)
url_encode(varchar) -> varchar = py_url_encode($1)
url_decode(varchar) -> varchar = py_url_decode($1)

# Array functions and operators
cardinality(array(T)) -> bigint = len($1)
element_at(array(T), bigint) -> T = trino_element_at($1, $2)
contains(array(T), T) -> boolean = trino_contains($1, $2)
array_position(array(T), T) -> bigint = CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce(list_position($1, $2), 0) END
array_distinct(array(T)) -> array(T) = trino_array_distinct($1)
array_remove(array(T), T) -> array(T) = list_filter($1, lambda item: item IS DISTINCT FROM $2)
array_sort(array(T)) -> array(T) = list_sort($1, 'ASC', 'NULLS LAST')
array_max(array(T)) -> T = CASE WHEN len(list_filter($1, lambda item: item IS NULL)) = 0 THEN list_max($1) END
array_min(array(T)) -> T = CASE WHEN len(list_filter($1, lambda item: item IS NULL)) = 0 THEN list_min($1) END
array_sum(array(bigint)) -> bigint = CAST(coalesce(list_sum($1), 0) AS BIGINT)
array_sum(array(double)) -> double = coalesce(list_sum($1), 0)
array_average(array(double)) -> double = list_avg($1)
array_join(array(T), varchar) -> varchar = array_to_string(list_transform(list_filter($1, lambda item: item IS NOT NULL), lambda item: CAST(item AS VARCHAR)), $2)
array_join(array(T), varchar, varchar) -> varchar = array_to_string(list_transform($1, lambda item: coalesce(CAST(item AS VARCHAR), $3)), $2)
array_intersect(array(T), array(T)) -> array(T) = list_filter(trino_array_distinct($1), lambda item: trino_has($2, item))
array_union(array(T), array(T)) -> array(T) = trino_array_distinct(list_concat($1, $2))
array_except(array(T), array(T)) -> array(T) = list_filter(trino_array_distinct($1), lambda item: NOT trino_has($2, item))
arrays_overlap(array(T), array(T)) -> boolean = list_has_any($1, $2)
reverse(array(T)) -> array(T) = list_reverse($1)
slice(array(T), bigint, bigint) -> array(T) = trino_slice($1, $2, $3)
flatten(array(array(T))) -> array(T) = flatten(list_filter($1, lambda item: item IS NOT NULL))
repeat(T, bigint) -> array(T) = list_transform(range($2), lambda number: $1)
sequence(bigint, bigint) -> array(bigint) = trino_sequence($1, $2, CASE WHEN $1 <= $2 THEN 1 ELSE -1 END)
sequence(bigint, bigint, bigint) -> array(bigint) = trino_sequence($1, $2, $3)
sequence(date, date) -> array(date) = list_transform(trino_sequence(0, CAST($2 - $1 AS BIGINT), CASE WHEN $1 <= $2 THEN 1 ELSE -1 END), lambda day: $1 + CAST(day AS INTEGER))
sequence(date, date, interval day to second) -> array(date) = list_transform(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), to_milliseconds($3)), lambda day: CAST(day AS DATE))
sequence(date, date, interval year to month) -> array(date) = list_transform(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), to_months(CAST($3 AS INTEGER))), lambda day: CAST(day AS DATE))
sequence(timestamp, timestamp, interval day to second) -> array(timestamp) = generate_series($1, $2, to_milliseconds($3))
sequence(timestamp, timestamp, interval year to month) -> array(timestamp) = generate_series($1, $2, to_months(CAST($3 AS INTEGER)))
transform(array(T), function(T,U)) -> array(U) = list_transform($1, $2)
filter(array(T), function(T,boolean)) -> array(T) = list_filter($1, $2)
any_match(array(T), function(T,boolean)) -> boolean = trino_any(list_transform($1, $2))
all_match(array(T), function(T,boolean)) -> boolean = trino_all(list_transform($1, $2))
none_match(array(T), function(T,boolean)) -> boolean = (NOT trino_any(list_transform($1, $2)))

# Map functions and operators
cardinality(map(K,V)) -> bigint = CAST(cardinality($1) AS BIGINT)
element_at(map(K,V), K) -> V = map_extract_value($1, $2)
map_keys(map(K,V)) -> array(K) = map_keys($1)
map_values(map(K,V)) -> array(V) = map_values($1)
map_entries(map(K,V)) -> array(E) = list_transform(map_entries($1), lambda entry: struct_pack(f0 := entry.key, f1 := entry.value))
map_concat(map(K,V), map(K,V)...) -> map(K,V) = map_concat($*)
map_filter(map(K,V), function(K,V,boolean)) -> map(K,V) = trino_map(list_filter(map_entries($1), lambda entry: $2))
transform_values(map(K,V), function(K,V,U)) -> map(K,U) = map(map_keys($1), list_transform(map_entries($1), lambda entry: $2))
transform_keys(map(K,V), function(K,V,U)) -> map(U,V) = map(list_transform(map_entries($1), lambda entry: $2), map_values($1))
uuid() -> varchar = CAST(gen_random_uuid() AS VARCHAR)
"""

_ELSEWHERE = """
    approx_most_frequent approx_set array_histogram bar beta_cdf bing_tile bing_tile_at bitwise_left_shift
    bitwise_right_shift bitwise_xor_agg cauchy_cdf char2hexint checksum classify combinations contains_sequence
    convex_hull_agg cosine_similarity current_catalog current_groups current_user day_name decrypt
    empty_approx_set encrypt entropy evaluate_classifier_predictions features format_number from_big_endian_32
    from_big_endian_64 from_encoded_polyline from_ieee754_32 from_ieee754_64 from_iso8601_timestamp_nanos
    from_unixtime_nanos geometric_mean_agg geometry_from_hadoop_shape geometry_union great_circle_distance
    hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 intersection_cardinality inverse_beta_cdf
    inverse_normal_cdf jaccard_index json_array json_exists json_object json_query json_value kurtosis
    laplace_cdf learn_classifier learn_regressor line_locate_point listagg_distinct luhn_check make_set_digest
    map_union map_zip_with merge merge_set_digest multimap_from_entries murmur3 ngrams normal_cdf
    numeric_histogram objectid_timestamp parse_data_size parse_duration parse_presto_data_size qdigest_agg
    quantile_at_value random_string reduce_agg regress render rgb shuffle simplify_geometry skewness
    spatial_partitioning split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 st_area st_asbinary st_astext
    st_boundary st_buffer st_centroid st_contains st_convexhull st_crosses st_difference st_dimension
    st_disjoint st_distance st_envelope st_equals st_geometryfromtext st_geometrytype st_intersection
    st_intersects st_length st_linefromtext st_overlaps st_point st_polygon st_touches st_union st_within st_x
    st_y t_pdf tdigest_agg to_big_endian_32 to_big_endian_64 to_char to_date to_encoded_polyline to_geometry
    to_ieee754_32 to_ieee754_64 to_spherical_geography to_timestamp trim_array value_at_quantile
    values_at_quantiles version wilson_interval_lower wilson_interval_upper word_stem xxhash64 zip_array
"""
# Functions of Athena that are not known here: a query that calls one fails and says so.
KNOWN_TO_ATHENA = frozenset(_ELSEWHERE.split())
