import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Admin, Server } from '../../src/branching/admin.ts';
import { dropDatabase } from '../../src/branching/databases.ts';
import { ProviderError } from '../../src/errors.ts';

const record = { name: 'b', invalid: false, template: false } as Parameters<typeof dropDatabase>[2];

/** An administrator whose DROP … FORCE is refused, and what it was asked. */
function refusing(status: string) {
  const asked: string[] = [];
  const admin: Admin = {
    serverVersion: 13,
    superuser: false,
    query: async (sql) => {
      asked.push(sql.replaceAll(/\s+/g, ' '));
      return { rows: [], rowCount: 0 };
    },
    script: async (sql) => {
      asked.push(sql);
      if (sql.includes('FORCE')) throw new ProviderError('The server refused.', { status });
    },
  };
  return { admin, asked };
}

test('an autovacuum worker, which only a superuser may end, keeps no branch from being dropped', async () => {
  const { admin, asked } = refusing('42501');
  await dropDatabase({} as Server, admin, record);
  assert.equal(asked.at(-1), 'DROP DATABASE IF EXISTS "b"');
  assert.match(asked.at(-2) ?? '', /pg_terminate_backend\(a\.pid\).*usesysid IS NOT NULL/);
});

test('any other refusal is told', async () => {
  const { admin, asked } = refusing('55006');
  await assert.rejects(dropDatabase({} as Server, admin, record), { status: '55006' });
  assert.match(asked.at(-1) ?? '', /FORCE/);
});
