import { byteWords } from '../../byte-words.ts';
import { placeKey } from '../../evidence/place-key.ts';
import type { Evidence, MigrationRun } from '../../evidence/schema.ts';
import { groupBy } from '../../group-by.ts';
import { fileRuns } from '../file-runs.ts';
import { byStrength, observedLocks, type SeenStatement, seenStatements } from '../findings.ts';
import { DOWN_WORDS } from '../migrations.ts';
import { count, durationWords, lockName, sentence } from '../words.ts';
import { badge, code, type Html, html, moreWords, named, prose, section } from './markup.ts';
import { statementBlock } from './statement.ts';

/** More files than anybody reads; the evidence has all. */
const MAXIMUM = 200;

type Migration = {
  readonly id: string;
  readonly file: string;
  readonly run: MigrationRun | undefined;
  readonly all: number;
  readonly shown: readonly { readonly id: string; readonly statement: SeenStatement }[];
};

/** The migrations of a page, each with the statements that it shows, and the ids by which others link to them. */
export type Shown = {
  readonly migrations: readonly Migration[];
  readonly files: number;
  readonly idOf: (file: string, key: string) => string;
};

/** Chooses what is shown: of each file at most so many statements. */
export function shownMigrations(evidence: Evidence, maximum: number): Shown {
  const runs = fileRuns(evidence.rehearsal?.migrations ?? []);
  const statements = groupBy(seenStatements(evidence), ({ place }) => place.file);
  const files = [...new Set([...(evidence.migrations?.added ?? []), ...statements.keys(), ...runs.keys()])];
  const migrations = files.slice(0, MAXIMUM).map((file, index): Migration => {
    const all = statements.get(file) ?? [];
    const shown = all
      .slice(0, maximum)
      .map((statement, at) => ({ id: `m-${index + 1}-${at + 1}`, statement }));
    return { id: `m-${index + 1}`, file, run: runs.get(file), all: all.length, shown };
  });
  return { migrations, files: files.length, idOf: ids(migrations) };
}

function ids(migrations: readonly Migration[]): Shown['idOf'] {
  const files = new Map(migrations.map(({ file, id }) => [file, id]));
  const statements = new Map(
    migrations.flatMap(({ shown }) =>
      shown.map(({ id, statement }) => [placeKey(statement.place), id] as const),
    ),
  );
  return (file, key) => statements.get(key) ?? files.get(file) ?? 'migrations';
}

/** One folded block a migration: what was predicted and what was observed, side by side. */
export function migrationsSection({ migrations, files }: Shown): Html | undefined {
  if (migrations.length === 0) return undefined;
  const isFew = migrations.reduce((sum, { shown }) => sum + shown.length, 0) <= 6;
  return section('migrations', 'Migrations: predicted against observed', [
    ...migrations.map((one) => migration(one, isFew)),
    moreWords(migrations.length, files, 'migration'),
  ]);
}

function migration({ id, file, run, all, shown }: Migration, isFew: boolean): Html {
  const differs = run?.statements.filter(({ agreement }) => agreement?.status === 'differs').length ?? 0;
  const isOpen = isFew || run?.outcome === 'failed';
  return html`<details id="${id}"${isOpen ? OPEN : undefined}><summary><h3>${named(file)}</h3> <span class="dim">${summaryWords(run)}</span> ${outcomeBadge(run)}${differs === 0 ? undefined : html` ${badge('warn', `≠ ${count(differs, 'statement')} predicted otherwise`)}`}</summary>
${run?.problem && problem(run.problem)}
${run?.state === undefined ? undefined : html`<p><strong>The branch now</strong> ${prose(run.state)}</p>`}
${run?.down && wayBack(run.down)}
${run?.leftovers && leftovers(run.leftovers)}
${shown.map((one) => statementBlock(one.id, one.statement))}
${all === 0 ? html`<p class="dim">No statements.</p>` : moreWords(shown.length, all, 'statement')}
</details>`;
}

const OPEN: Html = { html: ' open' };

function outcomeBadge(run: MigrationRun | undefined): Html {
  if (run === undefined) return badge('quiet', 'not rehearsed');
  return run.outcome === 'failed' ? badge('bad', '✕ failed') : badge('good', '✓ applied');
}

function summaryWords(run: MigrationRun | undefined): string {
  if (!run) return '';
  const [worst] = run.statements.flatMap(observedLocks).toSorted(byStrength);
  const parts = [
    durationWords(run.durationMs),
    worst && `strongest lock ${lockName(worst.mode)}`,
    run.walBytes === undefined ? undefined : `${byteWords(run.walBytes)} of WAL`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function problem({
  file,
  line,
  column,
  message,
  hint,
  code: state,
}: NonNullable<MigrationRun['problem']>): Html {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  return html`<p class="refused"><strong>${state === undefined ? 'It was refused' : 'The server refused it'}</strong> at ${named(where)}${state === undefined ? '' : ` (SQLSTATE ${state.slice(0, 10)})`}: ${sentence(message.slice(0, 1000))}${hint === undefined ? '' : ` Hint: ${hint.slice(0, 500)}`}</p>`;
}

function wayBack({
  status,
  reason,
  difference = [],
  problem: refused,
}: NonNullable<MigrationRun['down']>): Html {
  const why = [reason, refused?.message].filter((part) => part !== undefined).join('; ');
  return html`<p><strong>The way back</strong> ${DOWN_WORDS[status]}${why === '' ? '' : `: ${why.slice(0, 1000)}`}.</p>
${difference.length === 0 ? undefined : code(difference.join('\n'), 2000)}`;
}

function leftovers(left: NonNullable<MigrationRun['leftovers']>): Html | undefined {
  if (left.length === 0) return undefined;
  return html`<p><strong>Left behind</strong></p><ul>${left.slice(0, 40).map(({ kind, name, relation }) => html`<li>${kind} ${named(name)} on ${named(relation)}</li>`)}</ul>`;
}
