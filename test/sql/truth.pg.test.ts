import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openSite, type Site } from '../../bench/locks/site.ts';
import { readTruth, type Truth } from '../../bench/locks/truth.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { testServer } from '../support/postgres.ts';
import { statementsOf } from './schema.ts';
import { isUnseen, predict } from './truth.ts';

let site: Site;
const catalogs = new Map<string | undefined, Catalog>();

before(async () => {
  await loadParser();
  site = await openSite(await testServer());
});

after(() => site.close());

describe('the server at hand shows what the table says, and the model foresees it from the live schema', () => {
  for (const truth of readTruth())
    test(`${truth.sql}${truth.given === undefined ? '' : ` (after ${truth.given.trim().slice(0, 60)} …)`}`, () =>
      compare(truth));
});

async function compare({ sql, given, shown }: Truth): Promise<void> {
  const version = site.version as PostgresVersion;
  const wanted = shown.get(version);
  const isAlone = wanted !== undefined && 'transaction' in wanted && wanted.transaction === 'alone';
  const seen = await site.show({
    sql,
    ...(given === undefined ? {} : { given }),
    ...(isAlone ? { alone: true } : {}),
  });
  assert.deepEqual(seen, wanted, `the table is not what Postgres ${version} shows: run \`npm run locks\``);
  if ('refused' in seen || !parseSql(sql, 'case.sql').ok) return;
  const { transaction: _, ...measured } = seen;
  const told = predict(sql, await liveCatalog(given), version, measured);
  assert.deepEqual(told, { ...measured, ...(isUnseen(sql) ? { unseen: true, locks: told.locks } : {}) });
}

async function liveCatalog(given: string | undefined): Promise<Catalog> {
  const known = catalogs.get(given);
  if (known !== undefined) return known;
  const live = await readCatalog(await site.withGiven(given));
  // Temporary tables are the session's own: whoever reads the catalog does not see them, but saw them made.
  const own = statementsOf(given ?? '').filter(({ sql }) => sql.startsWith('CREATE TEMPORARY'));
  const catalog = own.reduce(applyStatement, live);
  catalogs.set(given, catalog);
  return catalog;
}
