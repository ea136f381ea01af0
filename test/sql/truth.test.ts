import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { readTruth, type Truth } from '../../bench/locks/truth.ts';
import { POSTGRES_VERSIONS } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { refusesTransaction } from '../../src/sql/transactions.ts';
import { statementOf } from './schema.ts';
import { isUnseen, predict, worldWith } from './truth.ts';

const TRUTHS = readTruth();

before(loadParser);

test('the committed table has every case, measured on every version', () => {
  const key = ({ sql, given }: { sql: string; given?: string | undefined }): string =>
    `${given ?? ''};${sql}`;
  assert.deepEqual(TRUTHS.map(key).sort(), [...CASES].map(key).sort(), 'run `npm run locks`');
  for (const { sql, shown } of TRUTHS)
    assert.deepEqual([...shown.keys()].sort(), [...POSTGRES_VERSIONS], sql);
});

test('versions that a case is not for refuse it', () => {
  const all = new Map(TRUTHS.map((truth) => [`${truth.given ?? ''};${truth.sql}`, truth]));
  const wrong = CASES.flatMap(({ sql, given = '', from = 13, until = 18 }) =>
    [...(all.get(`${given};${sql}`)?.shown ?? [])].flatMap(([version, shown]) =>
      (version < from || version > until) && !('refused' in shown) ? [`${version}: ${sql}`] : [],
    ),
  );
  assert.deepEqual(wrong, []);
});

describe('what the model says is what the server did', () => {
  for (const truth of TRUTHS) {
    const name = `${truth.sql}${truth.given === undefined ? '' : ` (after ${truth.given.trim().slice(0, 60)} …)`}`;
    test(name, () => {
      for (const [version, shown] of truth.shown) {
        if ('refused' in shown || !isReadable(truth)) continue;
        const { transaction: _, ...measured } = shown;
        const told = predict(truth.sql, worldWith(truth.given), version, measured);
        const wanted = isUnseen(truth.sql) ? { ...measured, unseen: true, locks: told.locks } : measured;
        assert.deepEqual(told, wanted, `on Postgres ${version}`);
      }
    });
  }
});

/** The model reads the newest grammar; a statement that it no longer takes is a problem of its own, told by the linter. */
function isReadable({ sql }: Truth): boolean {
  return parseSql(sql, 'case.sql').ok;
}

test('a statement that refuses a transaction is known to, where no version takes it in one', () => {
  for (const { sql, given, shown } of TRUTHS) {
    if (!parseSql(sql, 'case.sql').ok) continue;
    const kinds = new Set([...shown.values()].flatMap((one) => ('refused' in one ? [] : [one.transaction])));
    const refuses = refusesTransaction(statementOf(sql), { catalog: worldWith(given), version: 18 });
    if (kinds.size === 1) assert.equal(refuses, kinds.has('alone'), sql);
  }
});
