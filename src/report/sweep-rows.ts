import { byteWords } from '../byte-words.ts';
import type { SweepOutcome, SweepRecord, SweptBranch, SweptRemain } from '../evidence/sweep-schema.ts';
import { agoWords, count, durationWords, utcWords } from './words.ts';

/** One thing that the sweep saw, in words that are not escaped yet. */
export type SweepRow = {
  readonly name: string;
  readonly pull: string;
  readonly age: string;
  /** When its time ends, or by how much it is over. */
  readonly end: string;
  readonly activity: string;
  readonly bytes: string;
  readonly outcome: string;
  readonly why: string;
};

/** What a person should look at comes first. */
const WORST: readonly SweepOutcome[] = [
  'failed',
  'unknown',
  'planned',
  'removed',
  'postponed',
  'gone',
  'kept',
];

const OUTCOMES: Readonly<Record<SweepOutcome, string>> = {
  failed: '❌ could not be removed',
  unknown: '❓ state unknown, kept',
  planned: '🗑 would be removed',
  removed: '🗑 removed',
  postponed: '⏳ next time',
  gone: 'gone already',
  kept: 'kept',
};

/** What is not known of a remain is told apart by its rule. */
function outcomeWords({ outcome, rule }: SweptBranch | SweptRemain): string {
  if (outcome !== 'unknown') return OUTCOMES[outcome];
  if (rule === 'unseen') return '❓ not seen';
  return rule === 'blocked' ? '❓ left to a person' : OUTCOMES.unknown;
}

/** Everything that the sweep saw of this repository, worst first. */
export function sweepRows(record: SweepRecord): readonly SweepRow[] {
  const rows = [
    ...record.remains.map((item) => ({ item, row: remainRow(item, record.serverTime) })),
    ...record.branches.map((item) => ({ item, row: branchRow(item, record.serverTime) })),
  ];
  const place = ({ item }: (typeof rows)[number]) => WORST.indexOf(item.outcome);
  return rows.sort((a, b) => place(a) - place(b)).map(({ row }) => row);
}

function branchRow(branch: SweptBranch, now: string): SweepRow {
  const { name, sessions, lastActivity, createdAt, expiresAt } = branch;
  const there = sessions === 0 ? 'nobody connected' : `${count(sessions, 'session')} now`;
  return {
    name,
    pull: pullWords(branch),
    age: ageWords(createdAt, now),
    end: endWords(expiresAt, now),
    activity: lastActivity === undefined ? there : `${agoWords(lastActivity, now)}, ${there}`,
    bytes: sizeWords(branch),
    outcome: outcomeWords(branch),
    why: whyOf(branch),
  };
}

function remainRow(remain: SweptRemain, now: string): SweepRow {
  const { kind, name, since, expiresAt } = remain;
  return {
    name,
    pull: kind,
    age: since === undefined ? '' : ageWords(since, now),
    end: expiresAt === undefined ? '' : endWords(expiresAt, now),
    activity: '',
    bytes: sizeWords(remain),
    outcome: outcomeWords(remain),
    why: whyOf(remain),
  };
}

function endWords(expiresAt: string, now: string): string {
  return Date.parse(expiresAt) < Date.parse(now)
    ? `expired ${agoWords(expiresAt, now)}`
    : `expires ${utcWords(expiresAt)}`;
}

type Sized = { readonly bytes?: number | undefined; readonly divergedBytes?: number | undefined };

function sizeWords({ bytes, divergedBytes }: Sized): string {
  const own = divergedBytes === undefined ? [] : [`${byteWords(divergedBytes)} unshared`];
  return [...(bytes === undefined ? [] : [byteWords(bytes)]), ...own].join(', ');
}

function whyOf({ reason, detail }: SweptBranch | SweptRemain): string {
  return detail === undefined ? reason : `${reason} ${detail}`;
}

function pullWords({ subject, pull, author }: SweptBranch): string {
  const by = author === undefined ? '' : ` by ${author}`;
  if (subject.kind === 'pull-request') return `${subject.number} ${pull ?? ''}${by}`;
  if (subject.kind === 'named') return `by name: ${subject.name}${by}`;
  return (subject.kind === 'merge-group' ? 'merge group' : `run ${subject.runId}`) + by;
}

function ageWords(then: string, now: string): string {
  const ms = Date.parse(now) - Date.parse(then);
  return ms >= 172_800_000 ? count(Math.floor(ms / 86_400_000), 'day') : durationWords(Math.max(0, ms));
}

/** What the sweep did, in one sentence. */
export function sweepHeadline(record: SweepRecord): string {
  const { mode, totals } = record;
  const rest = [
    totals.failed > 0 ? `${totals.failed} could not be removed` : undefined,
    ...unknownWords(record),
    totals.postponed > 0 ? `${totals.postponed} left to the next sweep` : undefined,
    `${totals.kept} kept`,
  ].filter((part) => part !== undefined);
  const done = mode === 'plan' ? `would remove ${totals.planned}` : `removed ${totals.deleted}`;
  const freed = totals.bytesFreed > 0 ? ` (${byteWords(totals.bytesFreed)})` : '';
  return `The sweep ${done}${freed}; ${rest.join(', ')}.`;
}

/** As many as there are lines with a question mark. */
function unknownWords({ branches, remains }: SweepRecord): readonly string[] {
  const isUnknown = ({ outcome }: SweptBranch | SweptRemain) => outcome === 'unknown';
  const states = branches.filter(isUnknown).length;
  const open = remains.filter(isUnknown);
  const unseen = open.filter(({ rule }) => rule === 'unseen').length;
  const blocked = open.length - unseen;
  return [
    ...(states > 0 ? [`${count(states, 'branch', 'branches')} of unknown state`] : []),
    ...(blocked > 0 ? [`${count(blocked, 'remain')} left to a person`] : []),
    ...(unseen > 0 ? [`${count(unseen, 'remain')} not seen`] : []),
  ];
}

type Share = SweepRecord['totals']['byRepository'][number] | SweepRecord['totals']['byAuthor'][number];

/** What the server holds in all, and who has most of it. */
export function holdingsWords({ totals, repository }: SweepRecord): readonly string[] {
  const of = ({ branches, bytes, divergedBytes }: Share) => {
    const own = divergedBytes === undefined ? '' : ` (${byteWords(divergedBytes)} known to be unshared)`;
    return `${count(branches, 'branch', 'branches')}, ${byteWords(bytes)}${own}`;
  };
  const own = totals.byRepository.find(({ repositoryId }) => repositoryId === repository.id);
  const others = totals.byRepository.length - (own ? 1 : 0);
  const among =
    others === 0
      ? ''
      : ` Besides this repository ${count(others, 'other')} ${others === 1 ? 'has' : 'have'} branches there.`;
  const authors = totals.byAuthor.slice(0, 10).map((each) => `${each.author ?? 'nobody known'}: ${of(each)}`);
  return [
    `Before the sweep the server held ${of({ branches: totals.branches, bytes: totals.bytes })}; this repository ${own ? of(own) : 'none'}.${among}`,
    ...(authors.length === 0 ? [] : [`By author: ${authors.join('; ')}.`]),
  ];
}
