import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import type { Finding, Section } from '../../src/rules/rule.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { findingsOf } from './sections.ts';
import { assertParses } from './told.ts';

/** A text, how often the rule complains of it, and how it is sent where that is not in a transaction. */
export type Counted = readonly [sql: string, times: number, transaction?: LintSource['transaction']];

/** What one rule says about a text, opinion or not. */
export function saidBy(
  rule: string,
  section: Section,
  catalog: Catalog,
  sql: string,
  transaction?: LintSource['transaction'],
): readonly Finding[] {
  return findingsOf(section, catalog, sql, transaction).filter((finding) => finding.rule === rule);
}

/** One test a case. */
export function counts(
  section: Section,
  catalog: () => Catalog,
  cases: Readonly<Record<string, readonly Counted[]>>,
): void {
  for (const [rule, own] of Object.entries(cases))
    describe(rule, () => {
      for (const [sql, times, transaction] of own)
        test(`${times}: ${sql}`, () =>
          assert.equal(saidBy(rule, section, catalog(), sql, transaction).length, times));
    });
}

/** The text after the finding's edits. The last edit goes first, so that the others' places stay right. */
export function mended(sql: string, { fix }: Finding): string {
  const edits = fix.toSorted((a, b) => b.startByte - a.startByte);
  let bytes = Buffer.from(sql);
  for (const { startByte, endByte, text } of edits)
    bytes = Buffer.concat([bytes.subarray(0, startByte), Buffer.from(text), bytes.subarray(endByte)]);
  return bytes.toString();
}

/** Each rule's fix of its text, after which it parses and the rule is silent. */
export function mends(
  section: Section,
  catalog: () => Catalog,
  cases: readonly (readonly [
    rule: string,
    sql: string,
    wanted: string,
    transaction?: LintSource['transaction'],
  ])[],
): void {
  for (const [rule, sql, wanted, transaction] of cases)
    test(`${rule} mends: ${sql}`, () => {
      const [finding] = saidBy(rule, section, catalog(), sql, transaction);
      assert.ok(finding);
      const after = mended(sql, finding);
      assert.equal(after, wanted);
      assertParses(after);
      assert.deepEqual(saidBy(rule, section, catalog(), after, transaction), []);
    });
}
