import type { TypeName } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { resolve, strings } from './names.ts';
import { isSystemRelation } from './system-relations.ts';
import { serialType } from './types.ts';

/** Types of pg_catalog in Postgres 13 to 18 that are not arrays, read from postgres.bki of each version. */
const BUILTIN: ReadonlySet<string> = new Set(
  `_record aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray
  anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char cid cidr circle
  cstring date datemultirange daterange event_trigger fdw_handler float4 float8 gtsvector index_am_handler inet int2
  int2vector int4 int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath
  language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path
  pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command pg_dependencies pg_lsn pg_mcv_list pg_ndistinct
  pg_node_tree pg_snapshot point polygon record refcursor regclass regcollation regconfig regdictionary regnamespace
  regoper regoperator regproc regprocedure regrole regtype table_am_handler text tid time timestamp timestamptz timetz
  trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid varbit
  varchar void xid xid8 xml`.split(/\s+/),
);

/**
 * Types of extensions in wide use that are no domains: those of contrib (but for `earth` and `lo`, which are), PostGIS,
 * pgvector, ip4r, semver, hll, roaringbitmap, tdigest, h3 and AGE.
 */
const EXTENSION: ReadonlySet<string> = new Set(
  `citext hstore ltree lquery ltxtquery cube seg query_int ean13 isbn isbn13 ismn ismn13 issn issn13 upc
  geometry geography raster box2d box3d box2df topogeometry vector halfvec sparsevec
  ip4 ip4r ip6 ip6r ipaddress iprange semver semverrange hll roaringbitmap roaringbitmap64 tdigest h3index agtype
  graphid`.split(/\s+/),
);

/** Whether the type, or the element of the array, is known well enough to say whether it is a domain with a constraint. */
export function isKnownType(catalog: Catalog, type: TypeName | undefined): boolean {
  const names = strings(type?.names);
  const bare = names.at(-1);
  if (bare === undefined || serialType(type) !== undefined || EXTENSION.has(bare)) return true;
  if (names.length > 1 ? names.at(-2) === 'pg_catalog' : BUILTIN.has(bare) || isSystemRelation(bare))
    return true;
  const full = resolve(catalog, names);
  // A table and a view are composite types, too; an array's own name begins with an underscore.
  return [full, full.replace(/\._/, '.')].some((one) => catalog.types.has(one) || catalog.relations.has(one));
}
