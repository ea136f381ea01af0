import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProviderError } from '../../src/errors.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { type CopyConnection, openCopyConnection } from '../../src/postgres/copy.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { freshDatabase } from '../support/postgres.ts';

const READ = { what: 'The source refused to read it', readAhead: 65_536 };
const WRITE = { what: 'The target refused its rows' };
const LONG = 'select i, repeat(md5(i::text), 30) from generate_series(1, 2000000) i';

async function pair(
  facts: ConnectionFacts,
  signal?: AbortSignal,
): Promise<{ from: CopyConnection; to: CopyConnection; close: () => Promise<void> }> {
  const options = { applicationName: 'pullgres copy test', ...(signal === undefined ? {} : { signal }) };
  const [from, to] = await Promise.all([
    openCopyConnection(facts, options),
    openCopyConnection(facts, options),
  ]);
  return { from, to, close: async () => void (await Promise.all([from.close(), to.close()])) };
}

async function* once(...parts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function working(facts: ConnectionFacts): Promise<number> {
  const observer = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    const { rows } = await observer.query(
      "select count(*)::int as n from pg_stat_activity where application_name = 'pullgres copy test' and state <> 'idle' and datname = current_database()",
    );
    return Number(rows[0]?.n);
  } finally {
    await observer.close();
  }
}

describe('COPY between two connections', () => {
  it('moves the rows byte for byte and counts them as the server does', async () => {
    const facts = await freshDatabase();
    const { from, to, close } = await pair(facts);
    try {
      await from.script(
        `create table a (n int, t text, b bytea); create table z (like a);
         insert into a values (1, E'tab\\there', '\\x00ff'), (2, E'\\\\.', null), (3, E'line\\nbreak\\r', ''), (4, '\\N', '\\x5c');
         insert into a select i, repeat('é', i), null from generate_series(5, 3000) i`,
      );
      let bytes = 0;
      const out = from.copyOut('COPY a TO STDOUT', READ);
      const rows = await to.copyIn('COPY z FROM STDIN', out.chunks, {
        ...WRITE,
        onBytes: (more) => {
          bytes += more;
        },
      });
      assert.equal(rows, 3000);
      assert.equal(await out.rows, 3000);
      assert.ok(bytes > 9_000_000 / 2, `${bytes}`);
      const same = await to.query('select count(*)::int as n from (table a except all table z) differing');
      assert.equal(same.rows[0]?.n, 0);
      // Both serve the next query.
      assert.equal((await from.query('select 1 as one')).rows[0]?.one, 1);
    } finally {
      await close();
    }
  });

  it('tells of a refusal by its SQLSTATE, never by the row', async () => {
    const facts = await freshDatabase();
    const { from, to, close } = await pair(facts);
    try {
      await to.script(`create table z (n int not null, mail text check (length(mail) < 5))`);
      const cases = [
        ['secret-value\tx\n', '22P02'],
        ['1\tsecret-value\n', '23514'],
        ['\\N\tsecr\n', '23502'],
        ['1\tsecr\tsecret-value\n', '22P04'],
      ] as const;
      for (const [text, code] of cases) {
        const failure = await to
          .copyIn('COPY z FROM STDIN', once(text), WRITE)
          .catch((error: unknown) => error);
        assert.ok(failure instanceof ProviderError, String(failure));
        assert.equal(failure.status, code);
        assert.doesNotMatch(
          JSON.stringify([failure.message, failure.hint, failure.stack, failure.cause]),
          /secr/,
        );
      }
      const read = from.copyOut("COPY (select 'secret-value'::text::int) TO STDOUT", READ);
      const failure = await to
        .copyIn('COPY z FROM STDIN', read.chunks, WRITE)
        .catch((error: unknown) => error);
      assert.ok(failure instanceof ProviderError);
      assert.match(
        failure.message,
        /^The source refused to read it: a value does not fit its type \(SQLSTATE 22P02\)/,
      );
      assert.doesNotMatch(String(failure.stack), /secret/);
      await assert.rejects(read.rows, /22P02/);
      // The failed COPY has ended at the target, whose connection serves on.
      assert.equal((await to.query('select count(*)::int as n from z')).rows[0]?.n, 0);
      assert.equal(await to.copyIn('COPY z FROM STDIN', once('1\ta\n2', '\tb\n'), WRITE), 2);
    } finally {
      await close();
    }
  });

  it('names the table, the column and the constraint where the server gives them as fields', async () => {
    const facts = await freshDatabase();
    const { to, close } = await pair(facts);
    try {
      await to.script('create table "Z ""q" (n int not null constraint "small ()" check (n < 5))');
      await assert.rejects(
        to.copyIn('COPY "Z ""q" FROM STDIN', once('\\N\n'), WRITE),
        /table "public"\."Z ""q", column "n"\)/,
      );
      await assert.rejects(
        to.copyIn('COPY "Z ""q" FROM STDIN', once('9\n'), WRITE),
        /constraint "small \(\)"\)/,
      );
    } finally {
      await close();
    }
  });

  for (const victim of ['source', 'target'] as const)
    it(`fails as a lost connection when the ${victim}'s backend is killed`, async () => {
      const facts = await freshDatabase();
      const { from, to, close } = await pair(facts);
      try {
        await to.script('create table z (n int, t text)');
        const out = from.copyOut(`COPY (${LONG}) TO STDOUT`, READ);
        out.rows.catch(() => undefined);
        let killed = false;
        const failure = await to
          .copyIn('COPY z FROM STDIN', out.chunks, {
            ...WRITE,
            onBytes: () => {
              if (!killed) void (victim === 'source' ? from : to).terminate();
              killed = true;
            },
          })
          .catch((error: unknown) => error);
        assert.ok(failure instanceof ProviderError, String(failure));
        assert.equal(failure.retryable, true, failure.message);
        out.abandon();
      } finally {
        await close();
      }
      assert.equal(await working(facts), 0);
    });

  it('ends at both servers when aborted', async () => {
    const facts = await freshDatabase();
    const controller = new AbortController();
    const { from, to, close } = await pair(facts, controller.signal);
    try {
      const observer = await openConnection(facts, { applicationName: 'pullgres tests' });
      await observer.script('create table z (n int, t text)');
      await observer.close();
      const out = from.copyOut(`COPY (${LONG}) TO STDOUT`, READ);
      out.rows.catch(out.abandon);
      const copying = to.copyIn('COPY z FROM STDIN', out.chunks, {
        ...WRITE,
        onBytes: () => controller.abort(new Error('enough')),
      });
      await assert.rejects(copying, /^Error: enough$/);
      out.abandon();
      await assert.rejects(out.rows, /^Error: enough$/);
      assert.equal(await working(facts), 0);
    } finally {
      await close();
    }
  });

  it('says the same to whoever comes after the abort', async () => {
    const facts = await freshDatabase();
    const controller = new AbortController();
    const { from, to, close } = await pair(facts, controller.signal);
    try {
      controller.abort(new Error('enough'));
      const out = from.copyOut('COPY (select 1) TO STDOUT', READ);
      await assert.rejects(to.copyIn('COPY z FROM STDIN', out.chunks, WRITE), /^Error: enough$/);
      await assert.rejects(async () => {
        for await (const _chunk of out.chunks) assert.fail();
      }, /^Error: enough$/);
    } finally {
      await close();
    }
  });

  it('makes a fast source wait for a slow taker', async () => {
    const facts = await freshDatabase();
    const { from, close } = await pair(facts);
    try {
      const out = from.copyOut(`COPY (${LONG}) TO STDOUT`, READ);
      out.rows.catch(() => undefined);
      const before = process.memoryUsage().rss;
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
      assert.equal(await working(facts), 1);
      out.abandon();
    } finally {
      await close();
    }
    assert.equal(await working(facts), 0);
  });
});
