import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerError } from '../../src/postgres/connection.ts';
import {
  isLoss,
  limitProblem,
  placeOf,
  problemLine,
  problemOf,
  sentPart,
} from '../../src/rehearsal/problem.ts';
import { dbmateMigrations, sqlMigrations } from '../support/migrations.ts';

const places: readonly [text: string, position: number, line: number, column: number][] = [
  ['select x', 8, 7, 10],
  ['select\nx', 8, 8, 1],
  ['select\r\n  x', 11, 8, 3],
  ["select '日本🎉', x", 15, 7, 17],
  ['', 1, 7, 3],
  ['abc', 99, 7, 6],
];
for (const [text, position, line, column] of places) {
  test(`character ${position} of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(placeOf({ file: 'f', text, line: 7, column: 3 }, position), { line, column });
  });
}

test('a part is sent without its byte order mark, and its place in the file is kept', async () => {
  const [plain] = await sqlMigrations('\uFEFFselect 1;');
  const [marked] = await dbmateMigrations('\nselect 1;');
  assert.ok(plain && marked);
  const sent = sentPart(plain, plain.up);
  assert.deepEqual([sent.text.trim(), sent.line, sent.column], ['select 1;', 1, 1]);
  const down = sentPart(marked, marked.down ?? marked.up);
  assert.deepEqual([down.text, down.line, down.column], ['-- migrate:down\n', 3, 1]);
});

const SENT = { file: 'm/1.sql', text: 'select x', line: 3, column: 1 };

test('a refusal keeps the message, detail, hint and SQLSTATE', () => {
  const error = new ServerError('no column x', {
    code: '42703',
    severity: 'ERROR',
    position: 8,
    detail: 'd',
    hint: 'h',
  });
  const problem = problemOf(SENT, error);
  assert.deepEqual(problem, {
    file: 'm/1.sql',
    line: 3,
    column: 8,
    message: 'no column x (d)',
    hint: 'h',
    code: '42703',
  });
  assert.equal(problemLine(problem), 'm/1.sql:3:8: no column x (d)');
});

test('a limit is named', () => {
  const limits = { statementTimeoutMs: 1234, lockTimeoutMs: 567 };
  const of = (code: string) => {
    const error = new ServerError('canceled', { code, severity: 'ERROR' });
    return limitProblem(problemOf(SENT, error), error, limits);
  };
  assert.match(of('57014').message, /1234 ms/);
  assert.match(of('55P03').hint ?? '', /567 ms/);
  assert.equal(of('42601').hint, undefined);
});

test('a lost server is told from a refusal', () => {
  const losses = ['08006', '08P01', '57P01', '57P02', '57P03'];
  assert.deepEqual(
    losses.map(isLoss),
    losses.map(() => true),
  );
  assert.deepEqual(['57014', '42601', '55P03', '40P01'].map(isLoss), [false, false, false, false]);
});

const refusals: readonly [code: string, message: string, detail: string | undefined, told: string][] = [
  [
    '23505',
    'could not create unique index "u"',
    'Key (email)=(a@b.c) is duplicated.',
    'could not create unique index "u"',
  ],
  ['23514', 'check "c" is violated', 'Failing row contains (1, jane).', 'check "c" is violated'],
  [
    '22003',
    'value "99" is out of range for type integer',
    undefined,
    'value "…" is out of range for type integer',
  ],
  ['23502', 'null value in column "s"', 'Failing row contains (7, a@b.c, null).', 'null value in column "s"'],
  [
    '22P02',
    'invalid input syntax for type integer: "a "b" c"',
    undefined,
    'invalid input syntax for type integer: "…"',
  ],
  ['22023', 'unrecognized parameter "fillfact"', undefined, 'unrecognized parameter "fillfact"'],
  [
    '2BP01',
    'cannot drop table t',
    'view v depends on table t',
    'cannot drop table t (view v depends on table t)',
  ],
];
for (const [code, message, detail, told] of refusals) {
  test(`a refusal with SQLSTATE ${code} tells no value of a row`, () => {
    const error = new ServerError(message, { code, severity: 'ERROR', detail });
    assert.equal(problemOf(SENT, error).message, told);
  });
}

test('a value that stands in the file is told', () => {
  const message = 'invalid input syntax for type integer: "x"';
  const error = new ServerError(message, { code: '22P02', severity: 'ERROR', position: 8 });
  assert.equal(problemOf(SENT, error).message, message);
});
