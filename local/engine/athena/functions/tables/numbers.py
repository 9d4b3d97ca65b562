"""Mathematical, bitwise and statistical functions."""

TABLE = r"""
abs(N) -> N
ceil|ceiling(<whole>) -> <whole> = $1
ceil|ceiling(<float>) -> <float> = ceil($1)
floor(<whole>) -> <whole> = $1
floor(<float>) -> <float>
round(<whole>) -> <whole> = $1
round(<whole>, bigint) -> <whole> = CASE WHEN $2 >= 0 THEN $1 ELSE CAST(py_round_whole($1, $2) AS $T) END
round(<float>) -> <float> = CAST(trino_round($1, 0) AS $T)
round(<float>, bigint) -> <float> = CAST(trino_round($1, $2) AS $T)
truncate(<float>) -> <float> = trunc($1)
truncate(<float>, bigint) -> <float> = CAST(trino_truncate($1, $2) AS $T)
sqrt(double) -> double = CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END
cbrt(double) -> double = py_cbrt($1)
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
is_nan(<float>) -> boolean = isnan($1)
is_finite(double) -> boolean = isfinite($1)
is_infinite(double) -> boolean = isinf($1)
degrees(double) -> double
radians(double) -> double
sin|cos|tan(double) -> double = CASE WHEN isinf($1) THEN CAST('NaN' AS DOUBLE) ELSE $name($1) END
asin|acos(double) -> double = CASE WHEN abs($1) > 1 THEN CAST('NaN' AS DOUBLE) ELSE $name($1) END
atan|sinh|cosh|tanh(double) -> double
atan2(double, double) -> double
sign(<whole>) -> <whole> = CAST(sign($1) AS $T)
sign(<float>) -> <float> = CAST(CASE WHEN isnan($1) THEN $1 ELSE sign($1) END AS $T)
mod(<whole>, <whole>) -> <whole> = CAST(trino_modulus($1, $2) AS $T)
mod(<float>, <float>) -> <float> = ($1 % $2)
random|rand() -> double = random()
random|rand(<whole>) -> <whole> = CAST(trino_random(0, $1) AS $T)
random|rand(<whole>, <whole>) -> <whole> = CAST(trino_random($1, $2) AS $T)
from_base(varchar, bigint) -> bigint = py_from_base($1, $2)
to_base(bigint, bigint) -> varchar(64) = py_to_base($1, $2)
width_bucket(double, double, double, bigint) -> bigint = trino_width_bucket($1, $2, $3, $4)
width_bucket(double, array(double)) -> bigint = py_width_bucket($1, $2)
bitwise_and(bigint, bigint) -> bigint = ($1 & $2)
bitwise_or(bigint, bigint) -> bigint = ($1 | $2)
bitwise_xor(bigint, bigint) -> bigint = xor($1, $2)
bitwise_not(bigint) -> bigint = (~$1)
bitwise_left_shift(<whole>, bigint) -> <whole> = CAST(py_left_shift($1, $2, $B) AS $T)
bitwise_right_shift(<whole>, bigint) -> <whole> = CAST(py_right_shift($1, $2, $B) AS $T)
bitwise_right_shift_arithmetic(<whole>, bigint) -> <whole> = CAST(py_right_shift_arithmetic($1, $2, $B) AS $T)
bit_count(bigint, bigint) -> bigint = py_bit_count($1, $2)
cosine_similarity(map(varchar,double), map(varchar,double)) -> double = CAST(py_cosine_similarity(map_keys($1), map_values($1), map_keys($2), map_values($2)) AS DOUBLE)
normal_cdf|inverse_normal_cdf|beta_cdf|inverse_beta_cdf(double, double, double) -> double = CAST(py_$name($1, $2, $3) AS DOUBLE)
t_cdf|t_pdf(double, double) -> double = CAST(py_$name($1, $2) AS DOUBLE)
wilson_interval_lower|wilson_interval_upper(bigint, bigint, double) -> double = CAST(py_$name($1, $2, $3) AS DOUBLE)
luhn_check(varchar) -> boolean = py_luhn_check($1)
format_number(bigint) -> varchar = py_format_number($1)
format_number(double) -> varchar = py_format_number($1)
uuid() -> uuid = gen_random_uuid()
"""
