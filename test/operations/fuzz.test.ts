import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { CASES } from '../../bench/locks/cases.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { LINT_FORMATS, reporterOf } from '../../src/operations/lint-output.ts';
import { streamLint } from '../../src/operations/lint-stream.ts';
import { type LoadedPolicy, loadPolicy } from '../../src/operations/policy.ts';
import { lintJsonSchema } from '../../src/report/lint-json-schema.ts';
import type { LintedFile } from '../../src/report/linted.ts';
import type { LintSource } from '../../src/rules/context.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { POSTGRES_VERSIONS } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { readScript } from '../../src/sql/script.ts';
import { generator, mutated, type Pick, spark } from '../support/mutations.ts';
import { officialSarif } from '../support/official-sarif.ts';

/** A long run: PULLGRES_FUZZ_SECONDS=600 PULLGRES_FUZZ_SEED=2. */
const SECONDS = Number(process.env.PULLGRES_FUZZ_SECONDS ?? 8);
const SEED = Number(process.env.PULLGRES_FUZZ_SEED ?? 20261121);
/** Rounds of the run that is not told how long to take. */
const ROUNDS = process.env.PULLGRES_FUZZ_SECONDS === undefined ? 120 : Number.POSITIVE_INFINITY;
/** Of the processor's time, for one file in all formats. */
const LONGEST_MS = 1000;

const everyRule = Object.fromEntries(rules.map(({ slug }) => [slug, 'error' as const]));
const isSarif = officialSarif();
let world: Catalog;
let loaded: LoadedPolicy;

before(async () => {
  await loadParser();
  world = settled(
    readScript(WORLD, 'world.sql').statements.reduce(applyStatement, { ...EMPTY_CATALOG, complete: true }),
  );
  loaded = await loadPolicy({ root: '/nowhere', commit: undefined });
});

test(`whatever stands in a file: no crash, no hang, valid reports, places inside the file (seed ${SEED})`, async () => {
  const pick = generator(SEED);
  const pool = [
    ...CASES.map(({ sql }) => sql),
    ...readScript(WORLD, 'world.sql').statements.map(({ sql }) => sql),
  ];
  const stop = performance.now() + SECONDS * 1000;
  let round = 0;
  for (; round < ROUNDS && performance.now() < stop; round += 1) {
    const text = someText(pool, pick).toWellFormed();
    const source = someSource(text, pick);
    const context = `round ${round} of seed ${SEED}: ${JSON.stringify({ ...source, text })}`;
    const start = process.cpuUsage();
    await run(source, pick).catch((cause) => assert.fail(new Error(context, { cause })));
    const { user } = process.cpuUsage(start);
    assert.ok(user / 1000 < LONGEST_MS, `${user / 1000} ms: ${context}`);
  }
  assert.ok(round > 20, `only ${round} rounds`);
});

function someText(pool: readonly string[], pick: Pick): string {
  const parts = Array.from({ length: 1 + pick(12) }, () =>
    mutated(pool[pick(pool.length)] as string, pool, pick),
  );
  return parts.join(pick(6) === 0 ? spark(pick) : ';\n');
}

function someSource(text: string, pick: Pick): LintSource {
  const bytes = Buffer.byteLength(text);
  const isWhole = pick(8) > 0;
  return {
    file: pick(10) === 0 ? 'a\u202e::error::\x1b[1m##[x].sql' : 'db/migrations/1.sql',
    text,
    up: { startByte: 0, endByte: isWhole ? bytes : charactersEnd(text, pick) },
    transaction: (['file', 'none', 'implicit'] as const)[pick(3)] as LintSource['transaction'],
    psql: pick(2) === 0,
  };
}

/** A tool's part of a file ends between characters. */
function charactersEnd(text: string, pick: Pick): number {
  return Buffer.byteLength(
    Array.from(text)
      .slice(0, pick(text.length + 1))
      .join(''),
  );
}

async function run(source: LintSource, pick: Pick): Promise<void> {
  const version = POSTGRES_VERSIONS[pick(POSTGRES_VERSIONS.length)] as (typeof POSTGRES_VERSIONS)[number];
  const annotations: { readonly file?: string | undefined }[] = [];
  const output = {
    color: pick(4) === 0,
    columns: 20 + pick(150),
    write: async () => {},
    annotate: (one: { readonly file?: string | undefined }) => annotations.push(one),
  };
  const reporters = await Promise.all(
    LINT_FORMATS.map((format) => reporterOf({ ...output, format }, { postgres: version })),
  );
  const texts = reporters.map((reporter) => reporter.begin());
  const summary = await streamLint(
    {
      items: [{ tool: 'none', source }],
      catalog: pick(3) > 0 ? world : EMPTY_CATALOG,
      version,
      severities: pick(2) ? everyRule : {},
      variables: pick(2)
        ? new Map([['x', ['t\'"\\', '1; DROP TABLE t', 'orders', ''][pick(4)] as string]])
        : undefined,
      loaded,
      history: [],
      today: '2026-11-21',
      weakest: 'notice',
      failOn: 'error',
      signal: new AbortController().signal,
    },
    (file) => {
      checkPlaces(file, source);
      for (const [index, reporter] of reporters.entries()) texts[index] += reporter.file(file);
    },
  );
  for (const [index, reporter] of reporters.entries()) texts[index] += reporter.end(summary);
  checkTexts(texts, output.color);
}

function checkTexts(texts: readonly string[], isColored: boolean): void {
  const [text = '', json = '', sarif = '', github = ''] = texts;
  lintJsonSchema.parse(JSON.parse(json));
  assert.ok(isSarif(JSON.parse(sarif)), JSON.stringify(isSarif.errors?.slice(0, 3)));
  // Only our own colours may hold an escape.
  const shown = isColored ? stripVTControlCharacters(text) : text;
  for (const one of [shown, json, sarif, isColored ? stripVTControlCharacters(github) : github]) {
    assert.doesNotMatch(one, /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    assert.doesNotMatch(one, /^\s*::|##\[/m);
  }
}

function checkPlaces(file: LintedFile, { text, up }: LintSource): void {
  const lines = text.split('\n').length;
  const bytes = Buffer.from(text);
  let end = 0;
  for (const { statement } of file.statements) {
    const { place, sql, rendered } = statement;
    assert.ok(
      place.startByte >= end && place.endByte >= place.startByte && place.endByte <= up.endByte,
      'order',
    );
    end = place.endByte;
    if (!rendered) assert.equal(bytes.toString('utf8', place.startByte, place.endByte), sql);
  }
  const problems = file.problems.map(({ line, column }) => ({ line, column }));
  const findings = file.findings.map(({ finding }) => finding.place);
  for (const { line, column } of [...problems, ...findings])
    assert.ok(
      line >= 1 && line <= lines && column >= 1 && column <= bytes.length + 1,
      `place ${line}:${column}`,
    );
  for (const { finding } of file.findings) checkFix(finding, bytes);
}

/** The mended statement is one that the grammar takes. */
function checkFix({ fix, place, rule }: Finding, bytes: Buffer): void {
  if (fix.length === 0) return;
  let mended = '';
  let at = place.startByte;
  for (const { startByte, endByte, text } of fix.toSorted((a, b) => a.startByte - b.startByte)) {
    assert.ok(
      startByte >= at && endByte >= startByte && endByte <= place.endByte,
      `place of a fix of ${rule}`,
    );
    mended += bytes.toString('utf8', at, startByte) + text;
    at = endByte;
  }
  mended += bytes.toString('utf8', at, place.endByte);
  const parsed = parseSql(mended, 'mended.sql');
  assert.ok(parsed.ok, `the fix of ${rule} gives: ${mended}`);
}
