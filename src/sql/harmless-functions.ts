/**
 * Functions of extensions in wide use that compute and touch no relation: pgcrypto, uuid-ossp, unaccent, pg_trgm,
 * fuzzystrmatch, citext, hstore, ltree, intarray, cube, earthdistance, pgvector, tablefunc's random numbers, and the
 * functions of PostGIS that are in wide use. Those that take SQL as text (crosstab, dblink, cron.schedule) are not
 * among them.
 */
const NAMES: ReadonlySet<string> = new Set(
  `uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns
  uuid_ns_url uuid_ns_oid uuid_ns_x500 uuidv7 uuid_generate_v7 gen_random_uuid gen_random_bytes gen_salt crypt digest
  hmac encrypt decrypt encrypt_iv decrypt_iv pgp_sym_encrypt pgp_sym_decrypt pgp_sym_encrypt_bytea
  pgp_sym_decrypt_bytea pgp_pub_encrypt pgp_pub_decrypt pgp_key_id armor dearmor
  unaccent similarity word_similarity strict_word_similarity show_trgm show_limit set_limit
  soundex difference levenshtein levenshtein_less_equal metaphone dmetaphone dmetaphone_alt daitch_mokotoff
  hstore akeys avals skeys svals each hstore_to_array hstore_to_matrix hstore_to_json hstore_to_jsonb
  hstore_to_json_loose hstore_to_jsonb_loose slice slice_array delete exist defined populate_record
  nlevel subpath subltree index text2ltree ltree2text lca
  sort sort_asc sort_desc uniq idx subarray intset icount
  cube cube_dim cube_distance cube_enlarge cube_inter cube_is_point cube_ll_coord cube_size cube_subset cube_union
  cube_ur_coord earth earth_box earth_distance ll_to_earth latitude longitude gc_to_sec sec_to_gc
  normal_rand cosine_distance inner_product l1_distance l2_distance l2_norm l2_normalize vector_dims vector_norm
  binary_quantize subvector hamming_distance jaccard_distance
  geometry geography postgis_version postgis_full_version box2d box3d`.split(/\s+/),
);

/** Those of PostGIS, without their `st_`. */
const POSTGIS: ReadonlySet<string> = new Set(
  `3dclosestpoint 3ddistance 3ddwithin 3dintersects 3dlength 3dmakebox addmeasure addpoint affine angle area
  asbinary asencodedpolyline asewkb asewkt asgeobuf asgeojson asgml ashexewkb askml aslatlontext asmvt
  asmvtgeom assvg astext astwkb azimuth boundary boundingdiagonal box2dfromgeohash buffer buildarea centroid
  chaikinsmoothing clipbybox2d closestpoint clusterdbscan clusterintersecting clusterkmeans clusterwithin
  collect collectionextract collectionhomogenize concavehull contains containsproperly convexhull coorddim
  coveredby covers crosses curvetoline delaunaytriangles dfullywithin difference dimension disjoint distance
  distancesphere distancespheroid dump dumppoints dumprings dumpsegments dwithin endpoint envelope equals
  estimatedextent expand extent exteriorring filterbym flipcoordinates force2d force3d force3dm force3dz
  force4d forcecollection forcecurve forcepolygonccw forcepolygoncw forcerhr forcesfs frechetdistance
  generatepoints geogfromtext geogfromwkb geographyfromtext geohash geometricmedian geometryfromtext
  geometryn geometrytype geomfromewkb geomfromewkt geomfromgeohash geomfromgeojson geomfromgml geomfromkml
  geomfromtext geomfromtwkb geomfromwkb hasarc hausdorffdistance hexagon hexagongrid interiorringn
  interpolatepoint intersection intersects isclosed iscollection isempty ispolygonccw ispolygoncw isring
  issimple isvalid isvaliddetail isvalidreason isvalidtrajectory length length2d lengthspheroid lineextend
  linefromencodedpolyline linefrommultipoint linefromtext linefromwkb lineinterpolatepoint
  lineinterpolatepoints linelocatepoint linemerge linestringfromwkb linesubstring linetocurve locatealong
  locatebetween locatebetweenelevations longestline m makebox2d makeenvelope makeline makepoint makepointm
  makepolygon makevalid maxdistance maximuminscribedcircle memsize minimumboundingcircle
  minimumboundingradius minimumclearance mlinefromtext mpointfromtext mpolyfromtext multi
  multilinestringfromtext multipointfromtext multipolygonfromtext ndims node normalize npoints nrings
  numgeometries numinteriorring numinteriorrings numpatches numpoints offsetcurve orderingequals
  orientedenvelope overlaps patchn perimeter perimeter2d point pointfromgeohash pointfromtext pointfromwkb
  pointinsidecircle pointm pointn pointonsurface points pointz pointzm polygon polygonfromtext polygonize
  polyfromtext project quantizecoordinates reduceprecision relate relatematch removepoint
  removerepeatedpoints reverse rotate rotatex rotatey rotatez scale scroll segmentize seteffectivearea
  setpoint setsrid sharedpaths shiftlongitude shortestline simplify simplifypolygonhull
  simplifypreservetopology simplifyvw snap snaptogrid split square squaregrid srid startpoint subdivide
  summary swapordinates symdifference symmetricdifference tileenvelope touches transform translate
  transscale triangulatepolygon unaryunion union voronoilines voronoipolygons within wkbtosql wkttosql wrapx
  x xmax xmin y ymax ymin z zmax zmflag zmin`.split(/\s+/),
);

/** Whether a function, by its qualified name, is such a one. In a schema named for PostGIS its other functions are meant too. */
export function isHarmless(name: string): boolean {
  const bare = name.slice(name.lastIndexOf('.') + 1);
  if (NAMES.has(bare)) return true;
  return bare.startsWith('st_') && (POSTGIS.has(bare.slice(3)) || name.startsWith('postgis.'));
}
