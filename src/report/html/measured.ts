import { byteWords } from '../../byte-words.ts';
import type { Evidence, MigrationRun, RehearsalRecord } from '../../evidence/schema.ts';
import { besideWords, probedWords } from '../beside.ts';
import { disagreements } from '../disagreements.ts';
import { DOWN_WORDS } from '../migrations.ts';
import { count, durationWords, lockName } from '../words.ts';
import { type Html, html, join, moreWords, named, prose, section } from './markup.ts';
import { type Column, knownColumns, type Row, table } from './table.ts';

const MAXIMUM = 100;

type Probed = NonNullable<RehearsalRecord['contention']>['tables'][number];
type Estimate = NonNullable<RehearsalRecord['scale']>['estimates'][number];

/** Who would have waited, here. */
export function waitingSection({ rehearsal }: Evidence): Html | undefined {
  const { contention } = rehearsal ?? {};
  if (contention === undefined || contention.status === 'off') return undefined;
  return section('waiting', 'Who would have waited', [
    ...besideWords(contention, MAXIMUM).map((words) => html`<p>${prose(words)}</p>`),
    table(
      'Readers and writers that went on beside the migrations',
      ['Table', 'Longest wait of a read', 'Longest wait of a write', 'Would have queued', 'During'],
      contention.tables.slice(0, MAXIMUM).map(probedRow),
    ),
  ]);
}

function probedRow(one: Probed): Row {
  const { read = 'not probed', write = 'not probed', queued = 'rate unknown' } = probedWords(one);
  const during = [
    one.place && html`${named(`${one.place.file}:${one.place.line}`)}`,
    one.note === undefined ? undefined : html`<small>${prose(one.note)}</small>`,
  ];
  return [named(one.relation), read, write, queued, join(during)];
}

/** What the same statements would take on production's sizes. */
export function scaleSection({ rehearsal }: Evidence): Html | undefined {
  const { scale } = rehearsal ?? {};
  if (scale === undefined) return undefined;
  return section('production', 'Extrapolated to production', [
    html`<p class="dim">${prose(scale.source)}</p>`,
    table(
      'Estimates by what drives each statement',
      ['Statement', 'Table', 'Part of production', 'Measured here', 'In production', 'Would queue'],
      scale.estimates.slice(0, MAXIMUM).map(estimateRow),
    ),
    ...scale.estimates.slice(0, MAXIMUM).map(({ words }) => html`<p>${prose(words)}</p>`),
    ...(scale.notes ?? []).slice(0, MAXIMUM).map((words) => html`<p>${prose(words)}</p>`),
  ]);
}

function estimateRow({ place, relation, driver, share, ...times }: Estimate): Row {
  const queued = [
    times.queuedReads === undefined ? undefined : count(times.queuedReads, 'read'),
    times.queuedWrites === undefined ? undefined : count(times.queuedWrites, 'write'),
  ].filter((part) => part !== undefined);
  return [
    named(`${place.file}:${place.line}`),
    named(relation),
    `${Number((share * 100).toPrecision(2))} % of its ${driver}`,
    durationWords(times.measuredMs),
    `${durationWords(times.lowMs)} to ${durationWords(times.highMs)}`,
    queued.length === 0 ? 'rate unknown' : queued.join(', '),
  ];
}

/** What to set and in which order, and what each table goes through in all. */
export function deploySection({ rehearsal }: Evidence): Html | undefined {
  const { advice = [], tables = [] } = rehearsal?.deploy ?? {};
  return section('deploy', 'Plan for the deploy', [
    advice.length === 0
      ? undefined
      : html`<ol>${advice.slice(0, MAXIMUM).map((text) => html`<li>${prose(text)}</li>`)}</ol>`,
    table(
      'How long each table is blocked in all',
      ['Table', 'Strongest lock', 'Blocked'],
      tables
        .slice(0, MAXIMUM)
        .map(({ relation, mode, heldMs }) => [named(relation), lockName(mode), durationWords(heldMs)]),
    ),
  ]);
}

const COSTS: readonly Column<MigrationRun>[] = [
  ['Migration', ({ file }) => named(file)],
  ['Time', ({ durationMs }) => durationWords(durationMs)],
  ['WAL', ({ walBytes }) => sizeWords(walBytes)],
  ['Temporary files', ({ tempBytes }) => sizeWords(tempBytes)],
  ['Read from the cache', ({ blocks }) => blocks && sizeWords(blocks.hit * BLOCK)],
  ['Read from beyond it', ({ blocks }) => blocks && sizeWords(blocks.read * BLOCK)],
  ['Way back', ({ down }) => down && DOWN_WORDS[down.status]],
];

/** Time, WAL, temporary files and blocks of each migration, and its way back. */
export function costSection({ rehearsal }: Evidence): Html | undefined {
  const all = rehearsal?.migrations ?? [];
  const shown = all.slice(0, MAXIMUM);
  return section('cost', 'What each migration cost', [
    knownColumns('Measured on the branch', COSTS, shown),
    moreWords(shown.length, all.length, 'migration'),
  ]);
}

/** Bytes of a block, in servers as they are built everywhere. */
const BLOCK = 8192;

function sizeWords(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : byteWords(bytes);
}

/** What was predicted and disproved, and where our model and the server disagree. */
export function doubtSection({ rehearsal }: Evidence): Html | undefined {
  const differing = rehearsal === undefined ? [] : disagreements(rehearsal);
  return section('doubt', 'Predicted otherwise', [
    table(
      'Disproved by the rehearsal, and so not counted',
      ['Rule', 'Place', 'Measured'],
      (rehearsal?.refuted ?? [])
        .slice(0, MAXIMUM)
        .map(({ finding, reason }) => [
          finding.rule,
          named(`${finding.place.file}:${finding.place.line}`),
          reason,
        ]),
    ),
    table(
      'Statements for which Pullgres predicted otherwise: a defect of ours, please report it',
      ['Place', 'Predicted and not seen', 'Seen and not predicted'],
      differing
        .slice(0, MAXIMUM)
        .map(({ where, missing, unexpected }) => [named(where), missing.join('; '), unexpected.join('; ')]),
    ),
  ]);
}
