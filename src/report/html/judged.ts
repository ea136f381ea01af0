import type { Evidence, MigrationRun } from '../../evidence/schema.ts';
import { groupBy } from '../../group-by.ts';
import { acceptedFindings } from '../accepted.ts';
import { fileRuns } from '../file-runs.ts';
import { type ReportFinding, type SeenStatement, seenStatements } from '../findings.ts';
import { testWords } from '../headline.ts';
import { DOWN_WORDS } from '../migrations.ts';
import { count, durationWords, listWords, lockName, waitingWords } from '../words.ts';
import { code, type Html, html, join, plainTable, prose, section, table } from './markup.ts';

/** More findings than anybody reads; the evidence has all. */
const MAXIMUM = 300;
const SQL_LENGTH = 2000;

/** Every finding with its consequence, its place and the safe form; accepted risks behind them. */
export function findingsSection(evidence: Evidence, findings: readonly ReportFinding[]): Html | undefined {
  const accepted = acceptedFindings(evidence).slice(0, MAXIMUM);
  return section('Findings', [
    table(
      'Worst first',
      ['Severity', 'In production', 'Instead', 'Lock'],
      findings.slice(0, MAXIMUM).map(row),
    ),
    findings.length > MAXIMUM
      ? html`<p>and ${count(findings.length - MAXIMUM, 'more finding')}.</p>`
      : undefined,
    table(
      'Accepted risks',
      ['Rule', 'Place', 'Owner', 'Until', 'Reason'],
      accepted.map(({ finding, owner, until, reason }) => [
        finding.rule,
        where(finding.place),
        owner,
        until,
        reason,
      ]),
    ),
  ]);
}

function where({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}

function row({ finding, source, lock }: ReportFinding): (Html | string)[] {
  const { severity, message, help, place, rule } = finding;
  const held = lock?.heldMs === undefined ? '' : `, ${durationWords(lock.heldMs)}`;
  return [
    html`<span class="${severity}">${severity}</span>`,
    html`${prose(message)}<br><small>${where(place)} · ${rule} · ${source}</small>`,
    prose(help),
    lock
      ? html`${lockName(lock.mode)} on <code>${lock.relation}</code>${held}: ${waitingWords(lock.mode)}`
      : 'none known',
  ];
}

/** One folded block a migration: at most so many statements, what was predicted and what was observed. */
export function migrationsSection(evidence: Evidence, maximum: number): Html | undefined {
  const runs = fileRuns(evidence.rehearsal?.migrations ?? []);
  const statements = groupBy(seenStatements(evidence), ({ place }) => place.file);
  const files = [...new Set([...statements.keys(), ...runs.keys()])].slice(0, MAXIMUM);
  return section(
    'Migrations',
    files.map((file) => migration(file, runs.get(file), statements.get(file) ?? [], maximum)),
  );
}

function migration(
  file: string,
  run: MigrationRun | undefined,
  statements: readonly SeenStatement[],
  maximum: number,
): Html {
  const outcome = run ? `${run.outcome} in ${durationWords(run.durationMs)}` : 'not rehearsed';
  const more = statements.length - maximum;
  return html`<details><summary><code>${file}</code>: ${outcome}</summary>
${run?.problem ? html`<p class="error">${run.problem.message}</p>` : undefined}
${run?.state === undefined ? undefined : html`<p>${prose(run.state)}</p>`}
${run?.down ? wayBack(run.down) : undefined}
${statements.slice(0, maximum).map(statementBlock)}
${more > 0 ? html`<p>and ${count(more, 'more statement')}.</p>` : undefined}
</details>`;
}

function wayBack({ status, reason, difference = [], problem }: NonNullable<MigrationRun['down']>): Html {
  const why = [reason, problem?.message].filter((part) => part !== undefined).join('; ');
  return html`<p>The way back: ${DOWN_WORDS[status]}${why === '' ? '' : `: ${why}`}.</p>
${difference.length === 0 ? undefined : code(difference.join('\n'), SQL_LENGTH)}`;
}

function statementBlock({ place, sql, predicted, observed }: SeenStatement): Html {
  const effects = new Map((predicted?.effects ?? []).map((effect) => [effect.relation, effect]));
  const locks = new Map((observed?.locks ?? []).map((lock) => [lock.relation, lock]));
  const relations = [...new Set([...effects.keys(), ...locks.keys()])].slice(0, 40);
  const rows = relations.map((relation) => {
    const [effect, lock] = [effects.get(relation), locks.get(relation)];
    return [
      html`<code>${relation}</code>`,
      effect ? lockName(effect.lock) : 'nothing',
      lock ? `${lockName(lock.mode)} for ${durationWords(lock.heldMs)}` : observed ? 'not anew' : 'not run',
    ];
  });
  const work = [
    ...(observed?.rewrites ?? []).map((name) => `rewrote ${name}`),
    ...(observed?.scans ?? []).map((name) => `read all of ${name}`),
    ...(observed?.builds ?? []).map((name) => `built ${name}`),
  ];
  return html`<h3>Line ${place.line}${observed ? `: ${durationWords(observed.durationMs)}` : ''}</h3>
${code(sql, SQL_LENGTH)}
${work.length === 0 ? undefined : html`<p>It ${listWords(work.slice(0, 20))}.</p>`}
${plainTable('Locks', ['Relation', 'Predicted', 'Observed'], rows)}`;
}

/** What the migrations changed, as DDL that went and that came. */
export function schemaSection({ rehearsal }: Evidence): Html | undefined {
  const changes = (rehearsal?.schema ?? [])
    .slice(0, MAXIMUM)
    .map(({ change, kind, name, was, removed, added }) => {
      const lines = join([
        ...removed.map((line) => html`<del>- ${line}</del>`),
        ...added.map((line) => html`<ins>+ ${line}</ins>`),
      ]);
      return html`<h3>${change} ${kind} <code>${name}</code>${was === undefined ? '' : ` (was ${was})`}</h3>
${lines.html === '' ? undefined : html`<pre tabindex="0"><code>${lines}</code></pre>`}`;
    });
  return section('Schema', changes);
}

export function testsSection({ tests }: Evidence): Html | undefined {
  if (!tests || tests.status === 'skipped') return undefined;
  const counted = tests.counts ? testWords(tests.counts) : tests.status;
  const time = tests.durationMs === undefined ? '' : ` in ${durationWords(tests.durationMs)}`;
  return section('Tests', [
    html`<p>${counted}${time}. ${tests.reason ?? ''}</p>`,
    table(
      'Failing tests',
      ['Test', 'Message'],
      tests.failures.map(({ name, message }) => [name, message.slice(0, 2000)]),
    ),
    oldCodePart(tests),
  ]);
}

function oldCodePart({ oldCode }: NonNullable<Evidence['tests']>): Html | undefined {
  if (!oldCode || oldCode.status === 'skipped') return undefined;
  const words = { passed: 'survives', failed: 'does not survive', unproven: 'is not proved to survive' };
  const counted = oldCode.counts ? `: ${testWords(oldCode.counts)}` : '';
  return html`<p>The running version ${words[oldCode.status]} this deploy${counted}. ${oldCode.reason ?? ''}</p>
${table(
  'Failing tests of the running version',
  ['Test', 'Message'],
  oldCode.failures.map(({ name, message }) => [name, message.slice(0, 2000)]),
)}`;
}
