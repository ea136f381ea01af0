import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBy, createCopy } from '../../src/branching/copy.ts';
import type { CopyStrategy } from '../../src/branching/provider.ts';
import { MEGABYTE } from '../../src/branching/space.ts';
import type { TemplateFacts } from '../../src/branching/strategy.ts';
import { ProviderError } from '../../src/errors.ts';

const COPY = 'CREATE DATABASE a TEMPLATE b';

/** A server that refuses what the pattern names, and what it was asked. */
function serverOf(version: number, refused?: { readonly pattern: RegExp; readonly status: string }) {
  const asked: string[] = [];
  const script = async (sql: string): Promise<void> => {
    asked.push(sql);
    if (refused?.pattern.test(sql))
      throw new ProviderError('The server refused.', { status: refused.status });
  };
  return { admin: { serverVersion: version, script }, asked };
}

const SPOKEN: readonly [number, CopyStrategy, readonly string[]][] = [
  [13, 'file-copy', [COPY]],
  [14, 'file-copy', [COPY]],
  [15, 'wal-log', [`${COPY} STRATEGY wal_log`]],
  [17, 'file-copy', [`${COPY} STRATEGY file_copy`]],
  [18, 'wal-log', [`${COPY} STRATEGY wal_log`]],
  [18, 'file-copy', ['SET file_copy_method = copy', `${COPY} STRATEGY file_copy`, 'RESET file_copy_method']],
  [18, 'clone', ['SET file_copy_method = clone', `${COPY} STRATEGY file_copy`, 'RESET file_copy_method']],
];

for (const [version, strategy, statements] of SPOKEN) {
  test(`Postgres ${version} is told of ${strategy} in its own words`, async () => {
    const { admin, asked } = serverOf(version);
    await createBy(admin, COPY, strategy);
    assert.deepEqual(asked, statements);
  });
}

const facts: TemplateFacts = {
  serverVersion: 18,
  bytes: 1024 * MEGABYTE,
  files: 320,
  reflink: 'proved',
  reflinkWhy: 'a file cloned on the server’s disk shares its blocks',
  past: [],
};

for (const status of ['22023', '0A000', '58P01', '58030']) {
  test(`a clone refused with ${status} becomes a copy, and the reason is told`, async () => {
    const { admin, asked } = serverOf(18, { pattern: /file_copy_method = clone/, status });
    const { chosen } = await createCopy(admin, COPY, facts);
    assert.notEqual(chosen.strategy, 'clone');
    assert.match(chosen.why, new RegExp(`nothing is cloned, for the server refused it \\(${status}\\)`));
    assert.ok(asked.some((sql) => sql.startsWith(COPY)));
  });
}

test('a clone refused where no copy fits stays refused', async () => {
  const space = { data: { freeBytes: 300 * MEGABYTE, totalBytes: 2048 * MEGABYTE } };
  const { admin, asked } = serverOf(18, { pattern: /file_copy_method = clone/, status: '22023' });
  await assert.rejects(createCopy(admin, COPY, { ...facts, space }), { status: '22023' });
  assert.ok(asked.every((sql) => !sql.startsWith(COPY)));
});

for (const status of ['42501', '53100', '55006', '57014']) {
  test(`any other refusal, ${status}, is told and nothing is tried again`, async () => {
    const { admin, asked } = serverOf(18, { pattern: /^CREATE/, status });
    await assert.rejects(createCopy(admin, COPY, facts), { status });
    assert.equal(asked.filter((sql) => sql.startsWith(COPY)).length, 1);
  });
}
