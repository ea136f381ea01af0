import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type Point, type Struck, startFaultyProxy } from './faults/proxy.ts';
import { admin, ROLES, withSubject } from './faulty-server.ts';
import { fill } from './refresh-stage.ts';
import { ask } from './sql-conformance.ts';
import { asks, pull } from './subject.ts';

const providerOf = (facts: ConnectionFacts) =>
  createPostgresProvider({ facts, now: () => new Date(), trust: () => undefined });

/** A refresh whose administrator comes through the proxy; what fills it does not. */
const refreshBy = (facts: ConnectionFacts, row: string) =>
  providerOf(facts).refreshBaseline('shop', (site) =>
    fill({ ...site, facts: { ...site.facts, host: admin.host, port: admin.port } }, row),
  );

const STATEMENTS: readonly RegExp[] = [
  /pg_advisory_lock\(hashtextextended/,
  /CREATE ROLE/,
  /CREATE DATABASE/,
  /COMMENT ON DATABASE .*building/,
  /GRANT CONNECT/,
  /REASSIGN OWNED/,
  /ALLOW_CONNECTIONS false$/,
  /RENAME TO/,
];

const STRIKES: readonly (readonly [string, (struck: Struck) => unknown])[] = [
  ['the network is cut', ({ cutAll }) => cutAll()],
  ['the backend is ended', ({ processId }) => ask(admin, `SELECT pg_terminate_backend(${processId})`)],
  ['one connection is lost', ({ cut }) => cut()],
];

test('broken at any statement, a refresh is published whole or not at all, and a sweep clears what is left', () =>
  withSubject(async (subject) => {
    const direct = providerOf(admin);
    // The first one makes the table of the manifests, so it sends other statements.
    await refreshBy(admin, 'before');
    const watched = await startFaultyProxy(admin);
    let newest = await refreshBy(watched.facts, 'first');
    let row = 'first';
    const { statements } = watched;
    await watched.close();
    const points = STATEMENTS.flatMap((pattern): Point[] => {
      const statement = statements.findIndex((sql) => pattern.test(sql)) + 1;
      assert.ok(statement > 0, `no statement is like ${pattern}`);
      return (['before', 'during', 'after'] as const).map((moment) => ({ statement, moment }));
    });
    for (const [at, point] of points.entries()) {
      const [what, strike] = STRIKES[at % STRIKES.length] ?? ['', () => undefined];
      const proxy = await startFaultyProxy(admin, point, async (struck) => void (await strike(struck)));
      const told = await refreshBy(proxy.facts, `trial ${at}`).catch((error: unknown) => error);
      await proxy.close();
      const where = `${what} ${point.moment} ${statements[point.statement - 1]?.trim().slice(0, 60)}: ${inspect(told)}`;
      assert.ok(proxy.wasReached(), where);
      const found = await direct.resolveBaseline('shop');
      assert.ok(found, where);
      if (!(told instanceof Error)) assert.deepEqual(found, told, where);
      // Published, and nobody could be told: the failure names it.
      if (told instanceof Error && found.id !== newest.id) {
        assert.ok(told.message.includes(`${JSON.stringify(found.id)} was being published`), where);
      }
      if (found.id !== newest.id) row = `trial ${at}`;
      const { branch } = await direct.create(asks(subject, pull(subject, 1), found.id));
      assert.deepEqual(await subject.read(await direct.connect(branch)), [row], where);
      newest = found;
      await direct.remove(pull(subject, 1));
      // A sweep takes what is left, so that each trial sends the same statements.
      for (const remain of await direct.remains(1)) await direct.clear(remain);
    }
    await refreshBy(admin, 'last');
    await direct.keepVersions('shop', 1);
    assert.equal((await subject.databases()).length, 1, 'only the last version is there');
    assert.equal((await ask(admin, ROLES)).length, 1, 'only its owner group is there');
    assert.equal((await ask(admin, 'SELECT FROM pullgres.manifests')).length, 1);
  }));
