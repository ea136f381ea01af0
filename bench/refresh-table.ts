import { settingOf } from '../src/masking/keys.ts';
import { tableKey } from '../src/masking/source.ts';
import type { BuildStatement } from '../src/refresh/build-keys.ts';
import { hashed } from '../test/support/refresh.ts';

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

const SETTING = settingOf('test');
const hash = (text: string): string => hashed(SETTING, text);
const word = (text: string, letters: number): string =>
  `initcap(translate(substr(${hash(text)}, 1, ${letters}), '0123456789abcdef', 'aeioubcdfghklmnr'))`;
const number = (text: string, below: string): string =>
  `((('x' || substr(${hash(text)}, 1, 16))::bit(64)::bigint & 9223372036854775807) % ${below})`;

/** Eight columns, ten keyed hashes a row, two of them within a JSON document. */
export const MASKS: Readonly<Record<string, string>> = {
  email: `substr(${hash('"email"')}, 1, 24) || '@example.com'`,
  first_name: word('"first_name"', 7),
  last_name: word('"last_name"', 9),
  phone: `to_char(${number('"phone"', '10000000')}, 'FM"+1-555-"0000000')`,
  street: `${number('"street"', '900')}::text || ' ' || ${word('"street"', 9)}`,
  birth: `"birth" + (${number('"birth"::text', '61')} - 30)::int`,
  notes: `left(repeat(${hash('"notes"')}, 1 + length("notes") / 64), length("notes"))`,
  profile: `"profile" || jsonb_build_object('email', substr(${hash(`"profile" ->> 'email'`)}, 1, 20) || '@example.com', 'name', ${word(`"profile" ->> 'name'`, 7)})`,
};

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
