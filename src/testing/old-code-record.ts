import type { SchemaChange, TestsRecord } from '../evidence/schema.ts';
import { explain } from './explain.ts';
import { findComplaint } from './server-words.ts';

export type OldCodeRecord = NonNullable<TestsRecord['oldCode']>;

export type OldCodeFacts = {
  readonly commit: string;
  /** As of any run of tests. */
  readonly record: TestsRecord;
  /** The command's last lines. */
  readonly tail: readonly string[];
  readonly schema: readonly SchemaChange[] | undefined;
};

/**
 * Whether the running version survives the deploy, from its own tests on the migrated schema. A failure names the column
 * or table that the server complained of. Unproven when nothing shows that the tests came to run at all: no report, and
 * no complaint of the server's; an old checkout without its packages must not be taken for a broken schema.
 */
export function oldCodeRecord({ commit, record, tail, schema }: OldCodeFacts): OldCodeRecord {
  const { status, durationMs, counts } = record;
  const told = record.failures.map((failure) => explained(failure, schema));
  const cause =
    told.find(({ cause: one }) => one !== undefined)?.cause ?? explainText(tail.join('\n'), schema);
  const shared = {
    commit,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(counts === undefined ? {} : { counts }),
    failures: told.map(({ failure }) => failure),
  };
  if (status === 'passed') return { status, ...shared };
  if (status !== 'failed') return { status, reason: record.reason ?? 'The tests did not run.', ...shared };
  if (counts === undefined && cause === undefined) {
    return { status: 'unproven', reason: `${record.reason ?? ''} ${NOT_SHOWN}`.trim(), ...shared };
  }
  return { status: 'failed', reason: failedWords(commit, record, cause), ...shared };
}

const NOT_SHOWN =
  'Nothing shows that its tests came to run: give tests.junit, and old-code-setup if its checkout needs packages.';

function failedWords(commit: string, { counts, reason }: TestsRecord, cause: string | undefined): string {
  const of = `of commit ${commit.slice(0, 12)}`;
  const bad = (counts?.failed ?? 0) + (counts?.errored ?? 0);
  const ran = bad + (counts?.passed ?? 0);
  const what =
    bad > 0
      ? `${bad} of ${ran} tests ${of} fail on the migrated schema`
      : `the tests ${of} fail on the migrated schema`;
  return cause === undefined ? `${what}. ${reason ?? ''}`.trim() : `${what}: ${cause}.`;
}

type Failure = TestsRecord['failures'][number];

function explained(
  failure: Failure,
  schema: OldCodeFacts['schema'],
): { failure: Failure; cause: string | undefined } {
  const cause = explainText(failure.message, schema);
  if (cause === undefined) return { failure, cause };
  return { failure: { ...failure, message: `${upperFirst(cause)}.\n${failure.message}` }, cause };
}

function explainText(text: string, schema: OldCodeFacts['schema']): string | undefined {
  const complaint = findComplaint(text);
  return complaint && explain(complaint, schema);
}

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
