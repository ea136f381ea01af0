import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { admin, nothingLeft, ROLES, withSubject } from './faulty-server.ts';
import { ask } from './sql-conformance.ts';
import { asks, baselineOf, pull, type Subject, withBaseline, withBranch } from './subject.ts';

async function dieIn(subject: Subject, action: 'create' | 'reset' | 'build', dieAt: string): Promise<void> {
  const facts = { ...admin, password: admin.password.reveal() };
  const order = { facts, action, dieAt, request: asks(subject, pull(subject, 1)) };
  const program = fileURLToPath(new URL('create-and-die.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ORDER: JSON.stringify(order) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', `it never came to: ${dieAt}`);
}

const kills = [
  ['create', 'Making the roles'],
  ['create', 'Copying the baseline'],
  ['create', 'Handing the objects'],
  ['create', 'Opening'],
  ['reset', 'Dropping'],
] as const;

for (const [action, dieAt] of kills) {
  test(`${action}, killed at “${dieAt}”: remove clears what is left`, () =>
    withSubject(async (subject) => {
      await withBaseline(subject);
      await dieIn(subject, action, dieAt);
      await subject.provider.remove(pull(subject, 1));
      await nothingLeft(subject, pull(subject, 1));
      assert.deepEqual(await subject.provider.remove(pull(subject, 1)), { removed: false });
    }));

  test(`${action}, killed at “${dieAt}”: create makes a whole branch`, () =>
    withSubject(async (subject) => {
      await withBaseline(subject);
      await dieIn(subject, action, dieAt);
      const branch = await withBranch(subject, 1);
      assert.deepEqual(await subject.read(await subject.provider.connect(branch)), ['base']);
      await subject.provider.remove(pull(subject, 1));
      await nothingLeft(subject, pull(subject, 1));
    }));
}

for (const dieAt of ['Building the baseline', 'in the builder', 'Publishing the baseline']) {
  test(`a build killed at “${dieAt}” is cleared by the next one`, () =>
    withSubject(async (subject) => {
      await dieIn(subject, 'build', dieAt);
      assert.equal(await subject.provider.findBaseline(baselineOf(subject).id), undefined);
      await withBranch(subject, 1);
      await subject.provider.remove(pull(subject, 1));
      assert.equal((await subject.databases()).length, 1);
      assert.equal((await ask(admin, ROLES)).length, 1);
    }));
}

test('an aborted create leaves what remove clears', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const abort = new AbortController();
    const provider = createPostgresProvider({
      facts: admin,
      now: () => new Date(),
      signal: abort.signal,
      onProgress: (text) => {
        if (text.startsWith('Copying')) setImmediate(() => abort.abort(new Error('SIGINT')));
      },
    });
    await assert.rejects(provider.create(asks(subject, pull(subject, 1))), /SIGINT/);
    await subject.provider.remove(pull(subject, 1));
    await nothingLeft(subject, pull(subject, 1));
  }));

test('a create that fails takes its roles and database back', () =>
  withSubject(async (subject) => {
    await withBaseline(subject);
    const provider = createPostgresProvider({
      facts: admin,
      now: () => new Date(),
      onProgress: (text) => {
        if (text.startsWith('Opening')) throw new Error('no more');
      },
    });
    await assert.rejects(provider.create(asks(subject, pull(subject, 1))), /no more/);
    await nothingLeft(subject, pull(subject, 1));
  }));
