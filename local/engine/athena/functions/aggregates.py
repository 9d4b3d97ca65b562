"""Aggregate and window functions, by the pages Aggregate functions and Window functions of Trino's documentation."""

AGGREGATES = r"""
count() -> bigint = count(*)@
count(T) -> bigint = count($D$1)@
count_if(boolean) -> bigint = count($DCASE WHEN $1 THEN 1 END)@
sum(<whole>) -> bigint = CAST(sum($D$1)@ AS BIGINT)
sum(real) -> real = CAST(sum($D$1)@ AS FLOAT)
sum(double) -> double = sum($D$1)@
sum(interval day to second) -> interval day to second = CAST(sum($D$1)@ AS BIGINT)
sum(interval year to month) -> interval year to month = CAST(sum($D$1)@ AS INTEGER)
avg(interval day to second) -> interval day to second = CAST(round(avg($D$1)@) AS BIGINT)
avg(interval year to month) -> interval year to month = CAST(round(avg($D$1)@) AS INTEGER)
avg(<whole>) -> double = avg($DCAST($1 AS DOUBLE))@
avg(real) -> real = CAST(avg($D$1)@ AS FLOAT)
avg(double) -> double = avg($D$1)@
# NaN is neither the largest nor the smallest, unless there is nothing else
max(<float>) -> <float> = coalesce(max(CASE WHEN NOT isnan($1) THEN $1 END)@, max($1)@)
min|max(T) -> T = $name($1)@
min|max(T, bigint) -> array(T) = $name($1, $2)@
max_by(T, <float>) -> T = arg_max_null($1, CASE WHEN isnan($2) THEN CAST('-Infinity' AS DOUBLE) ELSE $2 END)@
max_by(T, U) -> T = arg_max_null($1, $2)@
min_by(T, U) -> T = arg_min_null($1, $2)@
max_by(T, U, bigint) -> array(T) = arg_max($1, $2, $3)@
min_by(T, U, bigint) -> array(T) = arg_min($1, $2, $3)@
arbitrary|any_value(T) -> T = any_value($1)@
array_agg(T) -> array(T) = array_agg($D$1$O)@
set_agg(T) -> array(T) = array_agg(DISTINCT $1)@
map_agg(K, V) -> map(K,V) = trino_map_of(list({'key': $1, 'value': $2}$O)@)
multimap_agg(K, V) -> map(K,array(V)) = trino_multimap_of(list({'key': $1, 'value': $2}$O)@)
histogram(T) -> map(T,bigint) = CAST(histogram($D$1)@ AS $T)
approx_distinct(T) -> bigint = count(DISTINCT $1)@
approx_distinct(T, double) -> bigint = count(DISTINCT $1)@
approx_percentile(bigint, double) -> bigint = quantile_disc($D$1, $2)@
approx_percentile(double, double) -> double = quantile_disc($D$1, $2)@
approx_percentile(real, double) -> real = quantile_disc($D$1, $2)@
approx_percentile(bigint, array(double)) -> array(bigint) = quantile_disc($D$1, $2)@
approx_percentile(double, array(double)) -> array(double) = quantile_disc($D$1, $2)@
bool_and|every(boolean) -> boolean = bool_and($1)@
bool_or(boolean) -> boolean = bool_or($1)@
bitwise_and_agg(bigint) -> bigint = bit_and($1)@
bitwise_or_agg(bigint) -> bigint = bit_or($1)@
bitwise_xor_agg(bigint) -> bigint = bit_xor($D$1)@
map_union(map(K,V)) -> map(K,V) = trino_map_of(flatten(list(map_entries($1))@))
geometric_mean(double) -> double = exp(avg($Dln($1))@)
stddev|stddev_samp(double) -> double = stddev_samp($D$1)@
stddev_pop(double) -> double = stddev_pop($D$1)@
variance|var_samp(double) -> double = var_samp($D$1)@
var_pop(double) -> double = var_pop($D$1)@
corr|covar_pop|covar_samp|regr_slope|regr_intercept(double, double) -> double = $name($1, $2)@
listagg(varchar) -> varchar = string_agg($D$1, ''$O)@
listagg(varchar, varchar) -> varchar = string_agg($D$1, $2$O)@
"""

WINDOWS = r"""
row_number|rank|dense_rank() -> bigint = $name()@
percent_rank|cume_dist() -> double = $name()@
ntile(bigint) -> bigint = ntile($1)@
first_value|last_value(T) -> T = $name($1$N)@
nth_value(T, bigint) -> T = nth_value($1, $2$N)@
lag|lead(T) -> T = $name($1$N)@
lag|lead(T, bigint) -> T = $name($1, CAST($2 AS INTEGER)$N)@
lag|lead(T, bigint, T) -> T = $name($1, CAST($2 AS INTEGER), $3$N)@
"""
