import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import type { SourceSchema } from '../../src/masking/source.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { freshDatabase } from '../support/postgres.ts';
import { copyMasked, keyed, planOf, run, schemaOf } from './masked-copy.ts';

export const PEOPLE = `
  CREATE TABLE people (
    id int PRIMARY KEY, email text UNIQUE, name text, phone text, note text, profile jsonb, tags text[], photo bytea,
    tax bigint, token uuid);
  CREATE TABLE visits (id int PRIMARY KEY, person int REFERENCES people, agent text, payload text);`;

/** Row 7 is the one whose values leak. */
export const LEAKED = {
  email: 'person7.q7x@mail.test',
  name: 'Müller-Lüdenscheidt Zoë-Loriot 7',
  phone: '+4930901820007',
  tax: '98765432107',
  token: '00000000-1111-4222-8333-00000000a007',
} as const;

export const FILL = `
  INSERT INTO people SELECT i, 'person' || i || '.q' || i || 'x@mail.test', 'Müller-Lüdenscheidt Zoë-Loriot ' || i,
    '+493090182' || lpad(i::text, 4, '0'), 'a plain note number ' || i,
    jsonb_build_object('contact', jsonb_build_object('alias', 'alias-of-' || md5('alias' || i)), 'theme', 'dark'),
    ARRAY['tag-' || md5('tag' || i)], sha512(('photo' || i)::bytea), 98765432100 + i,
    ('00000000-1111-4222-8333-00000000a' || lpad(i::text, 3, '0'))::uuid FROM generate_series(1, 300) i;
  INSERT INTO visits SELECT i, i, 'agent-' || md5('agent' || i), 'payload' FROM generate_series(1, 300) i;`;

export const MASKS = {
  'people.email': `'u' || ${keyed('email')} || '@example.com'`,
  'people.name': `'N' || ${keyed('name')}`,
  'people.phone': `'+1555' || lpad((('x' || ${keyed('phone', 7)})::bit(28)::int % 10000000)::text, 7, '0')`,
  'people.profile': `jsonb_set(profile, '{contact,alias}', to_jsonb(${keyed("profile->'contact'->>'alias'")}))`,
  'people.tags': `ARRAY[${keyed('tags[1]')}]`,
  'people.photo': `sha512(textsend(${keyed('id::text')}))`,
  'people.tax': `(('x' || ${keyed('tax::text', 10)})::bit(40)::bigint)`,
  'people.token': `md5(${keyed('token::text')})::uuid`,
} as const;

/** The source with its rows, and a clean copy of it. */
export async function proofWorld(): Promise<{
  source: ConnectionFacts;
  clean: ConnectionFacts;
  plan: MaskPlan;
  schema: SourceSchema;
}> {
  const [source, clean] = [await freshDatabase(), await freshDatabase()];
  await run(source, `${PEOPLE}${FILL}ANALYZE;`);
  await run(clean, PEOPLE);
  const schema = await schemaOf(source);
  const plan = planOf(schema, MASKS, ['visits']);
  await copyMasked(source, clean, plan);
  await run(clean, 'ANALYZE');
  return { source, clean, plan, schema };
}
