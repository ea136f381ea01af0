import { type SourceTable, type SourceType, tableKey } from '../src/masking/source.ts';
import { compileStrategy } from '../src/masking/strategies/compile.ts';
import type { Strategy } from '../src/masking/strategy.ts';
import type { BuildStatement } from '../src/refresh/build-keys.ts';

export const TABLE = 'people';

/** 18 columns; about 450 bytes a row. */
export const CREATE = `CREATE TABLE public.${TABLE} (
  id bigint NOT NULL, email text NOT NULL, first_name text, last_name text, phone text, street text, city text, birth date,
  notes text, profile jsonb, status text, score int, balance numeric(12,2), active boolean, created_at timestamptz,
  updated_at timestamptz, locale text, tags text[])`;

export const fill = (rows: number): string => `
  INSERT INTO public.${TABLE}
  SELECT i, 'person' || i || '@corp' || i % 97 || '.example', 'First' || i % 4000, 'Last' || i % 28000, '+1-555-' || lpad((i % 10000000)::text, 7, '0'),
    i % 900 || ' Street ' || i % 90000, 'City ' || i % 3000, date '1950-01-01' + i % 18000,
    CASE WHEN i % 3 = 0 THEN NULL ELSE 'Called about order ' || i || ', wants a call back before noon; ' || md5(i::text) END,
    jsonb_build_object('email', 'person' || i || '@corp.example', 'name', 'First' || i % 4000, 'theme', i % 5, 'beta', i % 2 = 0),
    (ARRAY['new', 'open', 'closed'])[i % 3 + 1], i % 1000, i % 100000 / 7.0, i % 2 = 0, timestamptz '2024-01-01' + i * interval '13 seconds',
    timestamptz '2025-01-01' + i * interval '11 seconds', 'en', ARRAY['a' || i % 10, 'b' || i % 7]
  FROM generate_series(1, ${rows}) AS i`;

const PLAIN: SourceTable = {
  schema: 'public',
  name: TABLE,
  kind: 'table',
  inherits: [],
  partitionColumns: [],
  columns: [],
  keys: [],
  foreignKeys: [],
  checks: [],
  persistence: 'permanent',
};

const typed = (sql: string, base: string, category: SourceType['category']): SourceType => ({
  sql,
  base,
  baseSchema: 'pg_catalog',
  category,
});
const TEXT = typed('text', 'text', 'text');
const DATE = typed('date', 'date', 'date');
const JSONB = typed('jsonb', 'jsonb', 'json');

/** Eight columns, two paths in the last. */
const STRATEGIES: Readonly<Record<string, readonly [SourceType, Strategy]>> = {
  email: [TEXT, { as: 'email' }],
  first_name: [TEXT, { as: 'name.first' }],
  last_name: [TEXT, { as: 'name.last' }],
  phone: [TEXT, { as: 'phone' }],
  street: [TEXT, { as: 'address' }],
  birth: [DATE, { as: 'shift', days: 30 }],
  notes: [TEXT, { as: 'text' }],
  profile: [
    JSONB,
    {
      as: 'json',
      paths: [
        { path: ['email'], strategy: { as: 'email' } },
        { path: ['name'], strategy: { as: 'name.first' } },
      ],
      otherwise: 'clear',
    },
  ],
};

/** SQL by column, as a profile's plan would have it. */
export const MASKS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(STRATEGIES).map(([name, [type, strategy]], at) => {
    const column = { name, number: at + 2, type, notNull: false };
    const compiled = compileStrategy(strategy, {
      column,
      table: { ...PLAIN, columns: [column] },
      domain: 'test',
    });
    if ('refusal' in compiled) throw new Error(`${name}: ${compiled.refusal.why}`);
    return [name, compiled.sql];
  }),
);

const index = (sql: string): BuildStatement => ({
  sql,
  step: 'index',
  kind: 'index',
  name: sql.split(' ON ')[0] ?? sql,
  table: tableKey('public', TABLE),
});

export const INDEXES: readonly BuildStatement[] = [
  index(`ALTER TABLE ONLY public.${TABLE} ADD CONSTRAINT people_pkey PRIMARY KEY (id)`),
  index(`CREATE UNIQUE INDEX people_email ON public.${TABLE} USING btree (email)`),
  index(`CREATE UNIQUE INDEX people_lower ON public.${TABLE} USING btree (lower(email))`),
  index(`CREATE INDEX people_name ON public.${TABLE} USING btree (last_name, first_name)`),
  index(`CREATE INDEX people_phone ON public.${TABLE} USING btree (phone)`),
  index(`CREATE INDEX people_created ON public.${TABLE} USING btree (created_at)`),
];
