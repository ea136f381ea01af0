import type { Evidence } from '../../evidence/schema.ts';
import { testWords } from '../headline.ts';
import { clip } from '../plain.ts';
import { durationWords } from '../words.ts';
import { badge, type Html, html, moreWords, named, prose, section } from './markup.ts';
import { table } from './table.ts';

const CHANGES = 150;
const LINES = 60;

/** What the migrations changed, as DDL that went and that came. */
export function schemaSection({ rehearsal }: Evidence): Html | undefined {
  const all = rehearsal?.schema ?? [];
  const shown = all.slice(0, CHANGES);
  if (shown.length === 0) return undefined;
  return section('schema', 'Schema changes', [
    ...shown.map(change),
    moreWords(shown.length, all.length, 'change'),
  ]);
}

type Change = NonNullable<NonNullable<Evidence['rehearsal']>['schema']>[number];

/** Signs, not only colours, say what went and what came. */
function change({ change: what, kind, name, was, removed, added }: Change): Html {
  const lines = [
    ...removed.map((line) => html`<del>- ${clip(line, 1000)}</del>`),
    ...added.map((line) => html`<ins>+ ${clip(line, 1000)}</ins>`),
  ];
  const more = lines.length > LINES ? [html`… ${lines.length - LINES} more lines`] : [];
  return html`<h3>${what} ${kind} ${named(name)}${was === undefined ? undefined : html` (was ${named(was)})`}</h3>
${lines.length === 0 ? undefined : html`<pre><code>${[...lines.slice(0, LINES), ...more]}</code></pre>`}`;
}

type Tests = NonNullable<Evidence['tests']>;
type Failures = Tests['failures'];

/** The tests on the migrated branch: counts, shards, failures; then those of the running version. */
export function testsSection({ tests }: Evidence): Html | undefined {
  if (!tests || tests.status === 'skipped') return undefined;
  const counted = tests.counts ? testWords(tests.counts) : '';
  const time = tests.durationMs === undefined ? '' : ` in ${durationWords(tests.durationMs)}`;
  return section('tests', 'Tests', [
    html`<p>${statusBadge(tests.status)} ${counted}${time}</p>`,
    reasonPart(tests.reason),
    failureTable('Failing tests', tests.failures),
    shardTable(tests),
    oldCodePart(tests),
  ]);
}

export function statusBadge(status: Tests['status']): Html {
  const marks = { passed: '✓ passed', failed: '✕ failed', unproven: '? not proved', skipped: '– skipped' };
  const kinds = { passed: 'good', failed: 'bad', unproven: 'warn', skipped: 'quiet' } as const;
  return badge(kinds[status], marks[status]);
}

function reasonPart(reason: string | undefined): Html | undefined {
  return reason === undefined ? undefined : html`<p>${prose(reason)}</p>`;
}

function failureTable(caption: string, failures: Failures): Html | undefined {
  const rows = failures.map(({ name, message, file, line }) => [
    html`<bdi>${clip(name, 300)}</bdi>`,
    file === undefined ? 'not told' : named(line === undefined ? file : `${file}:${line}`),
    clip(message, 1000),
  ]);
  return table(caption, ['Test', 'Place', 'Message'], rows);
}

function shardTable({ shards = [] }: Tests): Html | undefined {
  const rows = shards
    .slice(0, 100)
    .map(({ index, status, reason, copyMs, durationMs, counts }) => [
      `Shard ${index}`,
      html`${statusBadge(status)} ${reason}`,
      counts ? testWords(counts) : 'not counted',
      copyMs === undefined ? 'not measured' : durationWords(copyMs),
      durationMs === undefined ? 'not measured' : durationWords(durationMs),
    ]);
  return table(
    'Shards, each on its own copy of the branch',
    ['Shard', 'Status', 'Tests', 'Copy', 'Time'],
    rows,
  );
}

const OLD_CODE_WORDS = {
  passed: 'survives this deploy',
  failed: 'does not survive this deploy',
  unproven: 'could not be tested',
} as const;

function oldCodePart({ oldCode }: Tests): Html | undefined {
  if (!oldCode || oldCode.status === 'skipped') return undefined;
  const { status, commit, counts, durationMs, reason, failures } = oldCode;
  const version = commit === undefined ? undefined : html` (${named(commit.slice(0, 7))})`;
  const time = durationMs === undefined ? '' : ` in ${durationWords(durationMs)}`;
  return html`<h3>The running version${version} ${OLD_CODE_WORDS[status]}</h3>
<p>${statusBadge(status)} ${counts ? testWords(counts) : ''}${time}</p>
${reasonPart(reason)}
${failureTable('Failing tests of the running version', failures)}`;
}
