import { FIRST_OWN_OID, isMember, PASSING_SCHEMAS, part, parts } from './schema-parts.ts';

const TRIGGER_STATE = (column: string): string =>
  part(
    `${column} <> 'O'`,
    `CASE ${column} WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLED ON REPLICA' ELSE 'ENABLED ALWAYS' END`,
  );

/** Only an aggregate has no definition that the server would print (docs: 9.27.4, pg_get_functiondef). */
const AGGREGATE = `concat_ws(', ', 'SFUNC = ' || g.aggtransfn::regproc::text, 'STYPE = ' || format_type(g.aggtranstype, NULL),
    'FINALFUNC = ' || nullif(g.aggfinalfn::oid, 0)::regproc::text, 'COMBINEFUNC = ' || nullif(g.aggcombinefn::oid, 0)::regproc::text,
    'INITCOND = ' || quote_literal(g.agginitval), 'MSFUNC = ' || nullif(g.aggmtransfn::oid, 0)::regproc::text,
    'SORTOP = ' || nullif(g.aggsortop, 0)::regoperator::text, 'PARALLEL = ' || p.proparallel::text)`;

/** Functions, procedures, window functions and aggregates. */
export const ROUTINES = `
  SELECT 'pg_proc' AS class, p.oid::text AS oid, 'proc ' || p.prokind::text AS kind, p.proname AS name, p.pronamespace::text AS schema,
    '(' || pg_get_function_identity_arguments(p.oid) || ')' AS arguments,
    ${parts(
      part(
        "p.prokind <> 'a'",
        'rtrim(pg_get_functiondef(p.oid), chr(10))',
        "md5((to_jsonb(p) - 'proname' - 'pronamespace' - 'proowner' - 'proacl')::text)",
      ),
      part("p.prokind = 'a'", AGGREGATE, "md5((to_jsonb(g) - 'aggfnoid')::text)"),
    )} AS parts
  FROM pg_proc p
  LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
  WHERE p.oid >= ${FIRST_OWN_OID} AND p.pronamespace NOT IN (${PASSING_SCHEMAS}) AND NOT ${isMember('pg_proc', 'p.oid')}
    -- A range type's constructors come with it.
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`;

const ROLES = (list: string): string =>
  `(SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY r) FROM unnest(${list}) r)`;

/** Triggers, rules, policies and event triggers. */
export const REACTIONS = (version: number): string => `
  SELECT 'pg_trigger' AS class, t.oid::text AS oid, 'trigger' AS kind, t.tgname AS name, 'pg_class:' || t.tgrelid || ':0' AS of,
    ${version < 13 ? 'NULL' : "'pg_trigger:' || nullif(t.tgparentid, 0) || ':0'"} AS "from",
    ${parts(
      part(
        'true',
        'pg_get_triggerdef(t.oid)',
        "md5((to_jsonb(t) - 'oid' - 'tgname' - 'tgenabled' - 'tgparentid' - 'tgconstraint')::text)",
      ),
      TRIGGER_STATE('t.tgenabled'),
    )} AS parts
  FROM pg_trigger t WHERE t.oid >= ${FIRST_OWN_OID} AND NOT t.tgisinternal
  UNION ALL
  SELECT 'pg_rewrite', r.oid::text, 'rule', r.rulename, 'pg_class:' || r.ev_class || ':0', NULL,
    ${parts(
      part(
        'true',
        'pg_get_ruledef(r.oid)',
        "md5(concat_ws(' ', r.ev_type, r.is_instead, r.ev_qual, '/', r.ev_action))",
      ),
      TRIGGER_STATE('r.ev_enabled'),
    )}
  FROM pg_rewrite r WHERE r.oid >= ${FIRST_OWN_OID} AND r.rulename <> '_RETURN'
  UNION ALL
  SELECT 'pg_policy', y.oid::text, 'policy', y.polname, 'pg_class:' || y.polrelid || ':0', NULL,
    ${parts(
      part(
        'true',
        `concat_ws(' ', CASE WHEN y.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
          'FOR ' || CASE y.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
          'TO ' || ${ROLES('y.polroles')},
          'USING (' || pg_get_expr(y.polqual, y.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(y.polwithcheck, y.polrelid) || ')')`,
        "md5((to_jsonb(y) - 'oid' - 'polname')::text)",
      ),
    )}
  FROM pg_policy y WHERE y.oid >= ${FIRST_OWN_OID}
  UNION ALL
  SELECT 'pg_event_trigger', e.oid::text, 'event trigger', e.evtname, NULL, NULL,
    ${parts(
      part(
        'true',
        "'ON ' || e.evtevent || coalesce(' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ') FROM unnest(e.evttags) tag) || ')', '') || ' EXECUTE FUNCTION ' || e.evtfoid::regprocedure::text",
        "concat_ws(' ', e.evtevent, e.evttags, e.evtfoid)",
      ),
      TRIGGER_STATE('e.evtenabled'),
    )}
  FROM pg_event_trigger e WHERE e.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_event_trigger', 'e.oid')}`;
