"""Scalar functions: the tables together, and what Athena has that is not here."""

from local.engine.athena.functions.tables import binaries, collections, numbers, strings, times

TABLE = "\n".join(module.TABLE for module in (numbers, strings, binaries, times, collections))

_ELSEWHERE = """
    approx_most_frequent approx_set array_first array_last at_timezone bar bing_tile bing_tile_at bing_tile_children
    bing_tile_coordinates bing_tile_parent bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around
    char2hexint checksum classify convex_hull_agg current_catalog current_groups current_path
    current_schema current_user decrypt dynamic_filter_predicate empty_approx_set encrypt entropy
    evaluate_classifier_predictions features from_encoded_polyline from_geojson_geometry from_iso8601_timestamp_nanos
    from_unixtime_nanos geometric_mean_agg geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points
    geometry_to_bing_tiles geometry_union geometry_union_agg great_circle_distance hash_counts
    intersection_cardinality jaccard_index json_array json_exists json_object json_query json_value kurtosis
    learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor line_interpolate_point
    line_interpolate_points line_locate_point make_set_digest merge merge_set_digest
    multimap_from_entries numeric_histogram objectid_timestamp parse_data_size parse_presto_data_size qdigest_agg
    quantile_at_value random_string reduce_agg regress render rgb simplify_geometry skewness
    spatial_partitioning spatial_partitions spooky_hash_v2_32 spooky_hash_v2_64 st_area st_asbinary st_astext
    st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension
    st_disjoint st_distance st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries
    st_geometryfromtext st_geometryn st_geometrytype st_geomfrombinary st_interiorringn st_interiorrings
    st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_length
    st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps
    st_point st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union st_within
    st_x st_xmax st_xmin st_y st_ymax st_ymin tdigest_agg to_char to_date to_encoded_polyline to_geojson_geometry
    to_geometry to_spherical_geography to_timestamp value_at_quantile values_at_quantiles version word_stem
"""
# Functions of Athena that are not known here: a query that calls one fails and says so.
KNOWN_TO_ATHENA = frozenset(_ELSEWHERE.split())
