"""Texts, regular expressions, URLs and JSON."""

TABLE = r"""
length|char_length|character_length(varchar) -> bigint = length($1)
length|char_length|character_length(char) -> bigint = length($1)
lower|upper(varchar) -> $1
lower|upper(char) -> $1
reverse(varchar) -> $1 = py_reverse($1)
reverse(char) -> $1 = py_reverse($1)
ltrim|rtrim|trim(varchar) -> $1 = $name($1, trino_blanks())
ltrim|rtrim|trim(varchar, varchar) -> $1 = $name($1, $2)
ltrim|rtrim|trim(char) -> ~1 = $name(rtrim($1, ' '), trino_blanks())
ltrim|rtrim|trim(char, varchar) -> ~1 = rtrim($name(rtrim($1, ' '), $2), ' ')
replace(varchar, varchar) -> $1 = replace($1, $2, '')
replace(varchar, varchar, varchar) -> =replace = CASE WHEN $2 = '' THEN py_replace($1, $2, $3) ELSE replace($1, $2, $3) END
strpos(varchar, varchar) -> bigint = instr($1, $2)
strpos(varchar, varchar, bigint) -> bigint = py_strpos($1, $2, $3)
starts_with|ends_with(varchar, varchar) -> boolean
substr|substring(varchar, bigint) -> $1 = trino_substr($1, $2)
substr|substring(varchar, bigint, bigint) -> $1 = trino_substr_to($1, $2, $3)
substr|substring(char, bigint) -> ~1 = trino_substr($1, $2)
substr|substring(char, bigint, bigint) -> ~1 = trino_substr_to($1, $2, $3)
split(varchar, varchar) -> array($1) = trino_split($1, $2)
split(varchar, varchar, bigint) -> array($1) = py_split($1, $2, $3)
split_part(varchar, varchar, bigint) -> $1 = trino_split_part($1, $2, $3)
split_to_map(varchar, varchar, varchar) -> map(varchar,varchar) = map_from_entries(py_split_to_entries($1, $2, $3))
split_to_multimap(varchar, varchar, varchar) -> map(varchar,array(varchar)) = trino_multimap_of(py_split_to_pairs($1, $2, $3))
lpad|rpad(varchar, bigint, varchar) -> varchar = trino_$name($1, $2, $3)
chr(bigint) -> varchar(1) = py_chr($1)
concat_ws(varchar, array(varchar)) -> varchar = CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce(array_to_string($2, $1), '') END
concat_ws(varchar, varchar...) -> varchar = concat_ws($*)
translate(varchar, varchar, varchar) -> varchar = py_translate($1, $2, $3)
levenshtein_distance(varchar, varchar) -> bigint = py_levenshtein_distance($1, $2)
hamming_distance(varchar, varchar) -> bigint = py_hamming_distance($1, $2)
normalize(varchar) -> varchar = nfc_normalize($1)
to_utf8(varchar) -> varbinary = encode($1)
to_utf8(char) -> varbinary = encode($1)
from_utf8(varbinary) -> varchar = py_from_utf8($1, chr(65533))
from_utf8(varbinary, varchar) -> varchar = py_from_utf8($1, $2)
from_utf8(varbinary, bigint) -> varchar = py_from_utf8($1, py_chr($2))
soundex(varchar) -> varchar(4) = py_soundex($1)

# Regular expression functions
regexp_like(varchar, varchar) -> boolean = py_regexp_like($1, $2)
regexp_extract(varchar, varchar) -> $1 = py_regexp_extract($1, $2, 0)
regexp_extract(varchar, varchar, bigint) -> $1 = py_regexp_extract($1, $2, $3)
regexp_extract_all(varchar, varchar) -> array($1) = py_regexp_extract_all($1, $2, 0)
regexp_extract_all(varchar, varchar, bigint) -> array($1) = py_regexp_extract_all($1, $2, $3)
regexp_replace(varchar, varchar) -> $1 = py_regexp_replace($1, $2, '')
regexp_replace(varchar, varchar, varchar) -> =regexp_replace = py_regexp_replace($1, $2, $3)
regexp_split(varchar, varchar) -> array($1) = py_regexp_split($1, $2)
regexp_count(varchar, varchar) -> bigint = py_regexp_count($1, $2)
regexp_position(varchar, varchar) -> integer = py_regexp_position($1, $2, 1, 1)
regexp_position(varchar, varchar, bigint) -> integer = py_regexp_position($1, $2, $3, 1)
regexp_position(varchar, varchar, bigint, bigint) -> integer = py_regexp_position($1, $2, $3, $4)

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
json_array_contains(<json>, boolean) -> boolean = py_json_array_contains($1, CAST($2 AS VARCHAR), 'boolean')
json_array_contains(<json>, bigint) -> boolean = py_json_array_contains($1, CAST($2 AS VARCHAR), 'bigint')
json_array_contains(<json>, double) -> boolean = py_json_array_contains($1, CAST($2 AS VARCHAR), 'double')
json_array_contains(<json>, varchar) -> boolean = py_json_array_contains($1, $2, 'varchar')
json_size(varchar, varchar) -> bigint = py_json_size($1, $2)
json_size(json, varchar) -> bigint = py_json_size($1, $2)
is_json_scalar(varchar) -> boolean = py_is_json_scalar($1)
is_json_scalar(json) -> boolean = py_is_json_scalar($1)

# URL functions
url_extract_protocol|url_extract_host|url_extract_path|url_extract_query|url_extract_fragment(varchar) -> $1 = py_$name($1)
url_extract_port(varchar) -> bigint = py_url_extract_port($1)
url_extract_parameter(varchar, varchar) -> $1 = py_url_extract_parameter($1, $2)
url_encode(varchar) -> varchar = py_url_encode($1)
url_decode(varchar) -> $1 = py_url_decode($1)
"""
