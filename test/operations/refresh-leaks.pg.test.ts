import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { BuildingSite } from '../../src/branching/refresh-baseline.ts';
import type { RefreshRecord } from '../../src/evidence/refresh-schema.ts';
import { ask, onDatabase, refreshTorture, toldBy, tortureSource } from '../support/torture.ts';

/** One person's real values. `device` looks like nothing in particular: only a search for it finds it. */
type Real = {
  readonly email: string;
  readonly device: string;
  readonly full: string;
  readonly phone: string;
  readonly digest: string;
};

/** A real value left somewhere, and who must see it where. Undefined `check`: it must be gone, and the rest published. */
type Seed = {
  readonly leak: string;
  /** On the source, last. */
  readonly sql?: (real: Real) => string;
  /** What pg_dump says of it, before or after the rows. */
  readonly pre?: (real: Real) => string;
  readonly post?: (real: Real) => string;
  /** In the filled database, by its administrator. */
  readonly plant?: (real: Real, site: BuildingSite) => string;
  readonly profile?: (text: string) => string;
  /** A column that the profile leaves clear although it looks personal. */
  readonly allow?: string;
  readonly check?: string;
  readonly where?: RegExp;
};

const ALLOWED = '{reason: "a test of what is left clear", owner: tests, until: 2999-01-01}';
const allow = (text: string, ...names: readonly string[]): string =>
  `${text}\nallow:\n${names.map((name) => `  ${name}: ${ALLOWED}\n`).join('')}`;

/** The same DDL in the source and in what pg_dump says. */
function ddl(
  leak: string,
  section: 'pre' | 'post',
  sql: (value: string) => string,
  more: Partial<Seed> = {},
) {
  return (value: keyof Real, check: string, where: RegExp): Seed => {
    const of = (real: Real): string => sql(real[value]);
    return { leak: `${leak}: ${value}`, sql: of, [section]: of, check, where, ...more };
  };
}

const inParts = (text: string): string =>
  text.replace('  audit_log: empty', '  audit_log: empty\n  parts: clear\n  parts_vip: clear');
const enumLabel = ddl(
  'enum label',
  'pre',
  (value) => `CREATE TYPE public.vip_mood AS ENUM ('a', '${value}');`,
);
const view = ddl(
  'view literal',
  'post',
  (value) => `CREATE VIEW public.vips AS SELECT id FROM public.users WHERE phone = '${value}';`,
);
const body = ddl(
  'function body',
  'pre',
  (value) => `CREATE FUNCTION public.vip() RETURNS text LANGUAGE sql AS $$ SELECT '${value}'::text $$;`,
);
const policy = ddl(
  'policy',
  'post',
  (value) => `CREATE POLICY vip_rows ON public.secrets_of_tenants USING ((note = '${value}'));`,
);
const bound = ddl(
  'partition bound',
  'pre',
  (value) =>
    `CREATE TABLE public.parts (k text) PARTITION BY LIST (k); CREATE TABLE public.parts_vip PARTITION OF public.parts FOR VALUES IN ('${value}');`,
  { profile: inParts },
);
const predicate = ddl(
  'index predicate',
  'post',
  (value) => `CREATE INDEX vip_rows ON public.employees USING btree (id) WHERE (name = '${value}');`,
);
const check = ddl(
  'CHECK',
  'post',
  (value) => `ALTER TABLE public.bookings ADD CONSTRAINT no_vip CHECK (((room)::text <> '${value}'::text));`,
);
const fallback = ddl(
  'column default',
  'post',
  (value) => `ALTER TABLE ONLY public.shipments ALTER COLUMN recipient SET DEFAULT '${value}'::text;`,
);
const argument = ddl(
  'trigger argument',
  'post',
  (value) =>
    `CREATE TRIGGER told BEFORE UPDATE ON public.employees FOR EACH ROW EXECUTE FUNCTION public.log_change('${value}');`,
);

/** A new column of shipments that the profile leaves clear, with one row's real value in it. */
function clearColumn(
  leak: string,
  type: string,
  value: (real: Real) => string,
  more: Partial<Seed> = {},
): Seed {
  const name = `extra_${leak.replaceAll(/\W+/g, '_')}`.toLowerCase();
  const add = `ALTER TABLE public.shipments ADD COLUMN ${name} ${type};`;
  return {
    leak,
    pre: () => add,
    sql: (real) => `${add} UPDATE public.shipments SET ${name} = ${value(real)} WHERE "No." = 7`,
    allow: `shipments.${name}`,
    check: 'bytes',
    where: new RegExp(`^column public\\.shipments\\.${name}`),
    ...more,
  };
}

const SEEDS: readonly Seed[] = [
  enumLabel('email', 'schema text', /^enum public\.vip_mood/),
  enumLabel('device', 'bytes', /^enum label public\.vip_mood/),
  view('email', 'schema text', /^view public\.vips/),
  view('device', 'bytes', /^view public\.vips/),
  body('digest', 'schema text', /^function public\.vip/),
  body('device', 'bytes', /^function public\.vip/),
  policy('email', 'schema text', /^policy vip_rows/),
  policy('device', 'bytes', /^policy vip_rows/),
  bound('email', 'schema text', /^table public\.parts_vip/),
  bound('device', 'bytes', /^partition bound public\.parts_vip/),
  predicate('email', 'schema text', /^index vip_rows/),
  predicate('device', 'bytes', /^index public\.vip_rows/),
  check('email', 'schema text', /no_vip|bookings/),
  check('device', 'bytes', /^constraint/),
  fallback('device', 'bytes', /^default public\.shipments/),
  argument('device', 'bytes', /^trigger/),
  {
    leak: 'comment',
    sql: ({ device }) => `COMMENT ON COLUMN public.users.phone IS 'see ${device}'`,
    post: ({ device }) => `COMMENT ON COLUMN public.users.phone IS 'see ${device}';`,
  },
  {
    leak: 'column default: email',
    sql: ({ email }) => `ALTER TABLE public.shipments ALTER recipient SET DEFAULT '${email}'`,
    post: ({ email }) =>
      `ALTER TABLE ONLY public.shipments ALTER COLUMN recipient SET DEFAULT '${email}'::text;`,
  },
  {
    leak: 'password of a user mapping',
    sql: () => '',
    pre: ({ digest }) => `CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password '${digest}');`,
  },
  {
    leak: 'large object of the source',
    sql: ({ device }) => `SELECT lo_from_bytea(0, convert_to('${device}', 'UTF8'))`,
  },
  {
    leak: 'setting of the source’s database',
    sql: ({ device }) =>
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.who = %L', current_database(), '${device}'); END $$`,
  },
  {
    leak: 'a trigger that would write while rows are loaded',
    sql: () =>
      'CREATE TRIGGER spy AFTER INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.log_change()',
    post: () =>
      'CREATE TRIGGER spy AFTER INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.log_change();',
  },
  clearColumn('a clear column: e-mail in a note', 'text', ({ email }) => `'ask ${email} first'`),
  clearColumn('a clear column: e-mail in capitals', 'text', ({ email }) => `upper('${email}')`),
  clearColumn('e-mail of a user in a clear note', 'text', ({ email }) => `'ask ${email} first'`, {
    check: 'overlap',
    where: /^public\.shipments\.extra/,
  }),
  {
    leak: 'names in clear notes',
    pre: () => 'ALTER TABLE public.employees ADD COLUMN note text;',
    sql: () => `ALTER TABLE public.employees ADD COLUMN note text;
      UPDATE public.employees SET name = initcap(translate(md5(id::text), '0123456789', 'ghijklmnop'));
      UPDATE public.employees e SET note = 'spoke to ' || o.name || ' about it' FROM public.employees o WHERE o.id = 501 - e.id`,
    allow: 'employees.note',
    check: 'overlap',
    where: /^public\.employees\.note/,
  },
  clearColumn(
    'a clear column: a telephone without its spaces',
    'text',
    ({ phone }) => `translate('${phone}', ' +', '')`,
  ),
  clearColumn(
    'JSON path',
    'jsonb',
    ({ device }) => `jsonb_build_object('a', jsonb_build_array(1, jsonb_build_object('who', '${device}')))`,
  ),
  clearColumn(
    'JSON inside text',
    'text',
    ({ device }) => `json_build_object('inner', json_build_object('who', '${device}')::text)::text`,
  ),
  clearColumn('array', 'text[]', ({ device }) => `ARRAY['x', '${device}']`),
  clearColumn('hstore', 'public.hstore', ({ device }) => `public.hstore('who', '${device}')`),
  clearColumn('composite', 'public.door', ({ device }) => `ROW('${device}', 1, 'x')::public.door`),
  clearColumn('bytea', 'bytea', ({ device }) => `convert_to('${device}', 'UTF8')`),
  clearColumn('materialized view', 'text', ({ device }) => `'${device}'`, {
    sql: ({
      device,
    }) => `ALTER TABLE public.shipments ADD COLUMN extra_materialized_view text; UPDATE public.shipments SET extra_materialized_view = '${device}' WHERE "No." = 7;
      CREATE MATERIALIZED VIEW public.extras AS SELECT extra_materialized_view AS told FROM public.shipments WHERE extra_materialized_view IS NOT NULL`,
    post: () =>
      'CREATE MATERIALIZED VIEW public.extras AS SELECT extra_materialized_view AS told FROM public.shipments WHERE extra_materialized_view IS NOT NULL WITH NO DATA; REFRESH MATERIALIZED VIEW public.extras;',
    where: /^column public\.extras\.told/,
  }),
  {
    leak: 'a path of a document that the profile leaves clear',
    sql: ({ device }) =>
      `UPDATE public.users SET profile = profile || jsonb_build_object('alt', '${device}') WHERE id = 20`,
    profile: (text) => text.replace('$.prefs: clear', '$.prefs: clear\n      $.alt: clear'),
    check: 'bytes',
    where: /^column public\.users\.profile/,
  },
  {
    leak: 'dead tuple',
    plant: ({ device }) =>
      `INSERT INTO public.shipments VALUES (9, 9, 9, '${device}'); DELETE FROM public.shipments WHERE recipient = '${device}'`,
    check: 'bytes',
    where: /^file of a table public\.shipments/,
  },
  {
    leak: 'an aborted load',
    plant: ({ device }) => `BEGIN; INSERT INTO public.shipments VALUES (9, 9, 9, '${device}'); ROLLBACK`,
    check: 'bytes',
    where: /^file of a table public\.shipments/,
  },
  {
    leak: 'statistics of a clear column',
    plant: ({ device }) =>
      `INSERT INTO cron.job SELECT n, '', '${device}' FROM generate_series(1, 50) n; ANALYZE cron.job; TRUNCATE cron.job`,
    check: 'bytes',
    where: /^statistics of a column/,
  },
  {
    leak: 'extended statistics',
    plant: ({ device }) =>
      `CREATE TABLE public.old (v text, w int); INSERT INTO public.old SELECT '${device}', 1 FROM generate_series(1, 50); CREATE STATISTICS public.both_of (mcv) ON v, w FROM public.old; ANALYZE public.old; TRUNCATE public.old`,
    check: 'bytes',
    where: /^extended statistics/,
  },
  {
    leak: 'large object',
    plant: ({ device }) => `SELECT lo_from_bytea(0, convert_to('${device}', 'UTF8'))`,
    check: 'bytes',
    where: /^large object/,
  },
  {
    leak: 'setting of a role',
    plant: ({ device }, { database }) =>
      `ALTER ROLE CURRENT_USER IN DATABASE "${database}" SET app.who = '${device}'`,
    check: 'bytes',
    where: /^setting/,
  },
  {
    leak: 'setting of the database',
    plant: ({ device }, { database }) => `ALTER DATABASE "${database}" SET app.who = '${device}'`,
    check: 'bytes',
    where: /^setting/,
  },
  {
    leak: 'user mapping',
    plant: ({ device }) => `CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS ("user" '${device}')`,
    check: 'bytes',
    where: /^user mapping/,
  },
  {
    leak: 'an emptied table',
    plant: ({ device }) => `INSERT INTO public.audit_log (what) VALUES ('${device}')`,
    check: 'bytes',
    where: /audit_log/,
  },
  {
    leak: 'row of an emptied table that names nobody',
    plant: () => `INSERT INTO public.audit_log (what) VALUES ('x')`,
    check: 'structure',
    where: /audit_log/,
  },
];

const real = (
  await ask(
    await tortureSource(),
    'SELECT email::text, device::text, full_name AS full, phone, password_digest AS digest FROM public.users WHERE id = 10',
  )
)[0] as Real;

/** All at once, for each is told by its own place. */
async function refreshWith(seeds: readonly Seed[], profile = (text: string): string => text) {
  const each = (part: 'pre' | 'post'): string =>
    seeds
      .map((seed) => seed[part]?.(real).replace(/[\s;]+$/, '') ?? '')
      .filter((sql) => sql !== '')
      .join(';\n')
      .concat(';');
  const columns = seeds.flatMap((seed) => seed.allow ?? []);
  const changed = (text: string): string => {
    const own = seeds.reduce((so, seed) => seed.profile?.(so) ?? so, text);
    return profile(columns.length === 0 ? own : allow(own, ...columns));
  };
  const result = await refreshTorture({
    source: await tortureSource('small', ...seeds.map(({ sql }) => sql?.(real) ?? '')),
    pre: each('pre'),
    post: each('post'),
    profile: changed,
    plant: (site) =>
      onDatabase(site.administrator, async (connection) => {
        for (const { plant } of seeds) if (plant) await connection.script(plant(real, site));
      }),
  });
  const told = toldBy(result);
  for (const [name, value] of Object.entries(real)) assert.ok(!told.includes(value), `${name} is told`);
  return result.record;
}

function problemsOf({ checks }: RefreshRecord, check: string): readonly string[] {
  const failed = checks.find(({ name, status }) => name === check && status === 'failed');
  return failed?.problems.map(({ where }) => where) ?? [];
}

for (const check of ['schema text', 'bytes', 'overlap', 'structure']) {
  describe(`what the check of ${check} must see`, () => {
    const seeds = SEEDS.filter((seed) => seed.check === check);
    let record: RefreshRecord;
    before(async () => {
      // Few needles, so that fingerprints alone can tell.
      const few = (text: string): string => (check === 'overlap' ? `${text}\nverify: {sample: 100}\n` : text);
      record = await refreshWith(seeds, few);
    });
    it('is not published', () => {
      assert.equal(record.status, 'refused', JSON.stringify([record.reason, record.checks]));
      assert.equal(record.baseline, null);
    });
    for (const { leak, where } of seeds) {
      it(leak, () => {
        const places = problemsOf(record, check);
        assert.ok(
          places.some((place) => where?.test(place)),
          JSON.stringify(places),
        );
      });
    }
  });
}

it('what does not come along is no reason to refuse', async () => {
  const record = await refreshWith(SEEDS.filter(({ check }) => check === undefined));
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
  const told = record.scrubbed.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
  for (const wanted of [
    /^removed comment .*users\.phone/,
    /^blanked default public\.shipments\.recipient/,
    /^removed user mapping/,
  ])
    assert.ok(
      told.some((each) => wanted.test(each)),
      JSON.stringify(told),
    );
});
