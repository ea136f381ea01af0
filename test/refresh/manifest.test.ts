import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readManifest } from '../../src/evidence/manifest.ts';
import { type SourceSchema, type SourceTable, tableKey } from '../../src/masking/source.ts';
import { refreshManifest, schemaFingerprint } from '../../src/refresh/manifest.ts';
import type { TableRecord } from '../../src/refresh/pipeline.ts';

function table(name: string, over: Partial<SourceTable> = {}): SourceTable {
  const type = { sql: 'text', base: 'text', baseSchema: 'pg_catalog', category: 'text' } as const;
  const statistics = { nullFraction: 0.25, distinct: -1, averageWidth: 12, frequencies: [0.5, 0.1] };
  return {
    schema: 'public',
    name,
    kind: 'table',
    inherits: [],
    partitionColumns: [],
    columns: [
      { name: 'mail', number: 1, type, notNull: true, statistics },
      { name: 'b', number: 2, type, notNull: false },
    ],
    keys: [],
    foreignKeys: [],
    checks: [],
    persistence: 'permanent',
    rows: 1000,
    bytes: 80_000,
    indexBytes: 5000,
    readsPerSecond: 2.5,
    ...over,
  };
}

function schema(...tables: readonly SourceTable[]): SourceSchema {
  return {
    version: 16,
    database: 'shop',
    extensions: [],
    tables: new Map(tables.map((each) => [tableKey(each.schema, each.name), each])),
  };
}

function record(name: string, rows: number): TableRecord {
  return {
    table: `"public"."${name}"`,
    rows: 'copied',
    sourceRows: rows,
    copiedRows: rows,
    bytes: 1,
    durationMs: 1,
    masked: 1,
    clear: 1,
  };
}

const REQUEST = {
  description: 'live database shop',
  takenAt: '2026-11-22T03:00:00.000Z',
  profileHash: 'ab',
  keyId: 'cd',
  tool: 'pullgres 0.1.0',
  statistics: true,
};

describe('the manifest of a refresh', () => {
  it('is one that rehearsals read, with the baseline’s share of each table', () => {
    const source = schema(
      table('users'),
      table('empty', { rows: 0 }),
      table('left out'),
      table('parts', { kind: 'partitioned table' }),
      table('grown'),
    );
    const manifest = refreshManifest({
      ...REQUEST,
      schema: source,
      records: [record('users', 100), record('grown', 1200)],
    });
    const read = readManifest(JSON.stringify(manifest), 'manifest.json');
    const found = Object.fromEntries(
      read.tables.map(({ relation, rows, share }) => [relation, [rows, share]]),
    );
    assert.deepEqual(found, {
      'public.empty': [0, undefined],
      'public.grown': [1200, 1],
      'public.left out': [1000, 0],
      'public.users': [1000, 0.1],
    });
    assert.deepEqual(read.tables.find(({ relation }) => relation === 'public.users')?.columns, [
      { name: 'mail', nullFraction: 0.25, distinct: -1, averageWidth: 12, frequencies: [0.5, 0.1] },
    ]);
    assert.equal(read.refresh?.schemaFingerprint, schemaFingerprint(source));
    assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(manifest)));
    const without = refreshManifest({ ...REQUEST, schema: source, records: [], statistics: false });
    assert.equal(without.tables[0]?.columns, undefined);
  });

  it('has a fingerprint of the shape alone', () => {
    const [users, orders] = [table('users'), table('orders')];
    const base = schemaFingerprint(schema(users, orders));
    assert.match(base, /^[0-9a-f]{64}$/);
    const same = [
      schema(orders, users),
      schema({ ...users, rows: 5, bytes: 1 }, orders),
      schema({ ...users, columns: users.columns.map(({ statistics: _, ...rest }) => rest) }, orders),
    ];
    for (const each of same) assert.equal(schemaFingerprint(each), base);
    const [mail, b] = users.columns;
    assert.ok(mail && b);
    const other = [
      schema(users),
      schema({ ...users, columns: [mail] }, orders),
      schema({ ...users, columns: [b, mail] }, orders),
      schema({ ...users, columns: [{ ...mail, notNull: false }, b] }, orders),
      schema({ ...users, checks: [{ name: 'c', columns: ['mail'], expression: 'true' }] }, orders),
    ];
    assert.equal(new Set([base, ...other.map(schemaFingerprint)]).size, other.length + 1);
  });
});
