import { byteWords } from '../byte-words.ts';
import type { SweepOutcome, SweepRecord, SweptBranch, SweptRemain } from '../evidence/sweep-schema.ts';
import { agoWords, count, durationWords, utcWords } from './words.ts';

/** One thing that the sweep saw, in words that are not escaped yet. */
export type SweepRow = {
  readonly name: string;
  readonly pull: string;
  readonly age: string;
  readonly expires: string;
  readonly activity: string;
  readonly bytes: string;
  readonly outcome: SweepOutcome;
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
  unknown: '❓ unknown, kept',
  planned: '🗑 would be removed',
  removed: '🗑 removed',
  postponed: '⏳ next time',
  gone: 'gone already',
  kept: 'kept',
};

export function outcomeWords(outcome: SweepOutcome): string {
  return OUTCOMES[outcome];
}

/** Everything that the sweep saw of this repository, worst first. */
export function sweepRows(record: SweepRecord): readonly SweepRow[] {
  const rows = [
    ...record.remains.map((remain) => remainRow(remain, record.serverTime)),
    ...record.branches.map((branch) => branchRow(branch, record.serverTime)),
  ];
  return rows.sort((a, b) => WORST.indexOf(a.outcome) - WORST.indexOf(b.outcome));
}

function branchRow(branch: SweptBranch, now: string): SweepRow {
  const { name, sessions, lastActivity, createdAt, expiresAt, bytes, outcome } = branch;
  const there = sessions === 0 ? 'nobody connected' : `${count(sessions, 'session')} now`;
  return {
    name,
    pull: pullWords(branch),
    age: ageWords(createdAt, now),
    expires: utcWords(expiresAt),
    activity: lastActivity === undefined ? there : `${agoWords(lastActivity, now)}, ${there}`,
    bytes: bytes === undefined ? '' : byteWords(bytes),
    outcome,
    why: whyOf(branch),
  };
}

function remainRow(remain: SweptRemain, now: string): SweepRow {
  const { kind, name, since, expiresAt, bytes, outcome } = remain;
  return {
    name,
    pull: kind,
    age: since === undefined ? '' : ageWords(since, now),
    expires: expiresAt === undefined ? '' : utcWords(expiresAt),
    activity: '',
    bytes: bytes === undefined ? '' : byteWords(bytes),
    outcome,
    why: whyOf(remain),
  };
}

function whyOf({ reason, detail }: SweptBranch | SweptRemain): string {
  return detail === undefined ? reason : `${reason} ${detail}`;
}

function pullWords({ subject, pull, author }: SweptBranch): string {
  const by = author === undefined ? '' : ` by ${author}`;
  if (subject.kind === 'pull-request') return `${subject.number} ${pull ?? ''}${by}`;
  return (subject.kind === 'merge-group' ? 'merge group' : `run ${subject.runId}`) + by;
}

function ageWords(then: string, now: string): string {
  const ms = Date.parse(now) - Date.parse(then);
  return ms >= 172_800_000 ? count(Math.floor(ms / 86_400_000), 'day') : durationWords(Math.max(0, ms));
}

/** What the sweep did, in one sentence. */
export function sweepHeadline({ mode, totals }: SweepRecord): string {
  const rest = [
    totals.failed > 0 ? `${totals.failed} could not be removed` : undefined,
    totals.unknown > 0 ? `${totals.unknown} unknown` : undefined,
    totals.postponed > 0 ? `${totals.postponed} left to the next sweep` : undefined,
    `${totals.kept} kept`,
  ].filter((part) => part !== undefined);
  const done = mode === 'plan' ? `would remove ${totals.planned}` : `removed ${totals.deleted}`;
  const freed = totals.bytesFreed > 0 ? ` (${byteWords(totals.bytesFreed)})` : '';
  return `The sweep ${done}${freed}; ${rest.join(', ')}.`;
}

/** What the server holds in all, and who has most of it. */
export function holdingsWords({ totals, repository }: SweepRecord): readonly string[] {
  const of = ({ branches, bytes }: { branches: number; bytes: number }) =>
    `${branches === 1 ? '1 branch' : `${branches} branches`}, ${byteWords(bytes)}`;
  const own = totals.byRepository.find(({ repositoryId }) => repositoryId === repository.id);
  const others = totals.byRepository.length - (own ? 1 : 0);
  const among =
    others === 0
      ? ''
      : ` Besides this repository ${count(others, 'other')} ${others === 1 ? 'has' : 'have'} branches there.`;
  const authors = totals.byAuthor.slice(0, 10).map((each) => `${each.author ?? 'nobody known'}: ${of(each)}`);
  return [
    `Before the sweep the server held ${of(totals)}; this repository ${own ? of(own) : 'none'}.${among}`,
    ...(authors.length === 0 ? [] : [`By author: ${authors.join('; ')}.`]),
  ];
}
