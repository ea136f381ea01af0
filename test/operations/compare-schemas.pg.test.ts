import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rehearsalSchema } from '../../src/evidence/rehearsal-schema.ts';
import type { RehearsalRecord } from '../../src/evidence/schema.ts';
import type { History, Migration } from '../../src/migrations/migration.ts';
import { sql } from '../../src/migrations/sql.ts';
import { lintChange } from '../../src/operations/lint.ts';
import { catalogOf } from '../../src/operations/live-catalog.ts';
import type { MigrationPlan } from '../../src/operations/plan.ts';
import { defaultPolicy, type LoadedPolicy } from '../../src/operations/policy.ts';
import { rehearsePlan } from '../../src/operations/rehearse.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ruleNames } from '../../src/rules/names.ts';
import type { World } from '../../src/runner/world.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { prepared } from '../rehearsal/support.ts';
import { memoryTree } from '../support/memory-tree.ts';

const world = {
  info: () => undefined,
  debug: () => undefined,
  now: () => new Date('2026-11-21T09:00:00Z'),
  signal: new AbortController().signal,
  workspace: '/nowhere',
} as unknown as World;

function policy(text: string): LoadedPolicy {
  const quiet = text.includes('rehearsal:') ? text : `rehearsal: { contention: off }\n${text}`;
  const read = parsePolicy(quiet, 'p.yml', ruleNames);
  return { ...defaultPolicy, policy: read };
}

const PEOPLE = `create table people (id int primary key, email text, boss int);
  insert into people values (1, 'a', null), (2, null, 1), (3, 'a', 9), (4, null, null)`;

async function rehearsal(
  files: Readonly<Record<string, string>>,
  text = '',
  history: History = sql.history,
): Promise<RehearsalRecord> {
  const facts = await prepared(PEOPLE);
  const added: readonly Migration[] = await sql.list(memoryTree(files), 'm');
  const plan = {
    tool: { ...sql, history },
    added,
    base: [],
    outOfOrder: [],
    duplicates: [],
    record: { altered: [] },
  } as unknown as MigrationPlan;
  const { catalog, version } = await catalogOf(facts);
  const loaded = policy(text);
  const lint = await lintChange({
    plan,
    loaded,
    version: version as PostgresVersion,
    catalog,
    today: '2026-11-21',
  });
  const options = { plan, loaded, lint, catalog, serverVersion: version };
  const record = await rehearsePlan(world, facts, options);
  return rehearsalSchema.parse(record) as RehearsalRecord;
}

function told({ findings }: RehearsalRecord): readonly (readonly [string, string])[] {
  return findings.map(({ rule, message }) => [rule, message] as const);
}

describe('a rehearsal', () => {
  it('tells what became of the schema, of the way back, and that nothing is pending', async () => {
    const record = await rehearsal({
      'm/1.up.sql': 'alter table people rename email to mail; create table pets (id int)',
      'm/1.down.sql': 'alter table people rename mail to email; drop table pets',
    });
    assert.equal(record.status, 'passed');
    assert.deepEqual(
      record.schema?.map(({ change, kind, name, was }) => [change, kind, name, was]),
      [
        ['renamed', 'column', 'public.people.mail', 'public.people.email'],
        ['created', 'table', 'public.pets', undefined],
      ],
    );
    assert.deepEqual(record.migrations[0]?.down, { status: 'reversed' });
    assert.equal(record.settled, true);
  });

  it('says nothing of a way back that nobody asked for', async () => {
    const files = { 'm/1.sql': 'create table pets (id int)' };
    const lax = await rehearsal(files);
    assert.deepEqual([lax.migrations[0]?.down, told(lax)], [{ status: 'missing' }, []]);
    assert.equal(
      (await rehearsal(files, 'rehearsal: { contention: off, down: off }')).migrations[0]?.down,
      undefined,
    );
    assert.deepEqual(told(await rehearsal(files, 'rehearsal: { contention: off, down: required }')), [
      ['down-migration-missing', '`m/1.sql` has no way back, and the policy asks for one.'],
    ]);
  });

  it('counts the rows that a statement would be refused for, once it was', async () => {
    const record = await rehearsal({
      'm/1.sql': 'create table pets (id int);\nalter table people alter email set not null;',
    });
    assert.equal(record.status, 'failed');
    const found = record.findings.find(({ rule }) => rule === 'data-breaks-constraint');
    assert.equal(found?.message, '2 rows of `public.people` have no `email`.');
    assert.equal(
      found?.help,
      'Mend them in an earlier migration, in batches; they are found by `SELECT * FROM public.people WHERE email IS NULL;`.',
    );
    assert.equal(found?.place.line, 2);
    const [count] = record.migrations[0]?.statements.at(-1)?.preflight ?? [];
    assert.deepEqual(
      [count?.check, count?.relation, count?.subject, count?.rows],
      ['nulls', 'public.people', 'email', 2],
    );
    // It was rolled back.
    assert.deepEqual(record.schema, []);
    assert.equal(record.settled, undefined);
  });

  it('counts duplicates and orphans in words', async () => {
    const messages: readonly (readonly [string, string])[] = [
      [
        'alter table people add unique (email)',
        '1 row of `public.people` repeats the `email` of another row.',
      ],
      [
        'alter table people add foreign key (boss) references people',
        '1 row of `public.people` refers by `boss` to a row that is not there.',
      ],
      ['alter table people add constraint c check (id > 2)', '2 rows of `public.people` break `c`.'],
    ];
    for (const [statement, message] of messages) {
      const record = await rehearsal({ 'm/1.sql': statement });
      assert.deepEqual(
        told(record).filter(([rule]) => rule === 'data-breaks-constraint'),
        [['data-breaks-constraint', message]],
      );
    }
  });

  it('is silent about rows that the migration mends before', async () => {
    const record = await rehearsal({
      'm/1.sql': 'update people set email = id; alter table people alter email set not null;',
    });
    assert.equal(record.status, 'passed');
    assert.equal(record.migrations[0]?.statements[1]?.preflight?.[0]?.rows, 0);
    assert.deepEqual(
      told(record).filter(([rule]) => rule === 'data-breaks-constraint'),
      [],
    );
  });

  it('heeds the severity of the policy', async () => {
    const files = { 'm/1.sql': 'alter table people alter email set not null' };
    const off = await rehearsal(files, 'rules: { data-breaks-constraint: off }');
    assert.deepEqual(
      told(off).filter(([rule]) => rule === 'data-breaks-constraint'),
      [],
    );
  });

  it('is not settled when the history has lost what was applied', async () => {
    const forgetful: History = { ...sql.history, record: async () => undefined };
    const record = await rehearsal({ 'm/1.sql': 'create table pets (id int)' }, '', forgetful);
    assert.equal(record.settled, false);
    assert.match(record.reason ?? '', /would apply m\/1\.sql again/);
  });

  it('says that the database must be reset where the way back was for good', async () => {
    const record = await rehearsal({
      'm/1.up.sql': '-- pullgres:no-transaction\ncreate table pets (id int); create table toys (id int)',
      'm/1.down.sql': 'drop table pets; vacuum people',
    });
    assert.equal(record.settled, false);
    assert.match(record.migrations[0]?.state ?? '', /must be reset/);
    assert.deepEqual(
      told(record).map(([rule]) => rule),
      ['down-migration-differs'],
    );
  });

  it('counts scans of its own for no statement', async () => {
    const record = await rehearsal({
      'm/1.sql':
        'update people set email = id;\nalter table people alter email set not null;\ncreate unique index on people (email);',
    });
    const [, second, third] = record.migrations[0]?.statements ?? [];
    assert.deepEqual(
      second?.preflight?.map(({ rows }) => rows),
      [0],
    );
    assert.deepEqual(
      third?.preflight?.map(({ rows }) => rows),
      [0],
    );
    for (const statement of [second, third])
      assert.ok(
        (statement?.sequential ?? []).every(({ scans }) => scans <= 1),
        JSON.stringify(statement),
      );
  });
});
