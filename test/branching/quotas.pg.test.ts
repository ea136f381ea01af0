import assert from 'node:assert/strict';
import { test } from 'node:test';
import { branchName, roleNames } from '../../src/branching/identity.ts';
import { labelText } from '../../src/branching/labels.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { ProviderError } from '../../src/errors.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { testServer } from '../support/postgres.ts';
import { ask } from './sql-conformance.ts';
import { sqlSubject } from './sql-subject.ts';
import { asks, pull, type Subject, withBaseline } from './subject.ts';

async function onSubject(work: (subject: Subject) => Promise<void>): Promise<void> {
  const facts = await testServer();
  const subject = sqlSubject(facts, () => createPostgresProvider({ facts, now: () => new Date() }));
  try {
    await work(subject);
  } finally {
    await subject.dispose();
  }
}

test('of 50 creates at once, with room for 10, exactly 10 are made and nothing of the others is left', async () => {
  await onSubject(async (subject) => {
    await withBaseline(subject);
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
    const ends = await Promise.allSettled(
      numbers.map((number) =>
        subject.provider.create({ ...asks(subject, pull(subject, number)), quota: { repository: 10 } }),
      ),
    );
    const refusals = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    for (const refusal of refusals) {
      assert.ok(refusal instanceof ProviderError && refusal.status === 'quota', String(refusal));
    }
    assert.equal(refusals.length, 40);
    const { branches } = await subject.provider.list(subject.repositoryId);
    assert.equal(branches.length, 10);
    const roles = await ask(
      await testServer(),
      `SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE 'pullgres\\_${subject.repositoryId}\\_%' AND rolcanlogin ORDER BY 1`,
    );
    assert.deepEqual(
      roles.map(({ name }) => name),
      branches.map(({ name }) => name).toSorted(),
    );
  });
});

test('a branch that is being made counts by its roles, with whose it is; roles of an older version do not', async () => {
  await onSubject(async (subject) => {
    await withBaseline(subject);
    const admin = await testServer();
    const killed = branchName(pull(subject, 1));
    const owner = {
      ...pull(subject, 1),
      baselineId: asks(subject, pull(subject, 1)).baselineId,
      createdAt: '2026-01-01T00:00:00.000Z',
      author: 'robin',
      repository: 'acme/shop',
    };
    const label = (role: Parameters<typeof labelText>[0]) => literal(labelText(role));
    await ask(admin, `CREATE ROLE ${identifier(killed)} LOGIN`);
    await ask(
      admin,
      `COMMENT ON ROLE ${identifier(killed)} IS ${label({ role: { database: killed, owner } })}`,
    );
    const old = branchName(pull(subject, 2));
    await ask(admin, `CREATE ROLE ${identifier(old)} LOGIN`);
    await ask(admin, `COMMENT ON ROLE ${identifier(old)} IS ${label({ role: { database: old } })}`);
    const quota = { repository: 1, bytes: 1024 ** 4 };
    const third = { ...asks(subject, pull(subject, 3)), quota };
    await assert.rejects(subject.provider.create(third), (error: unknown) => {
      assert.ok(error instanceof ProviderError && error.status === 'quota', String(error));
      assert.match(
        error.hint ?? '',
        /pull request 1 of acme\/shop \(robin, \d+ days old, being made, [\d.]+ MB\)/,
      );
      return true;
    });
    const { created } = await subject.provider.create({ ...asks(subject, pull(subject, 1)), quota });
    assert.equal(created, true, 'its own remains keep nobody out');
    await subject.provider.remove(pull(subject, 1));
    await subject.provider.create(third);
    const { login, group } = roleNames(branchName(pull(subject, 3)));
    for (const role of [login, group]) {
      const [row] = await ask(
        admin,
        `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = ${literal(role)}`,
      );
      assert.match(String(row?.comment), new RegExp(`"repositoryId":${subject.repositoryId}`));
    }
  });
});
