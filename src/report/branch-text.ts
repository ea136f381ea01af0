import { byteWords } from '../byte-words.ts';
import type { BaselineJson, BranchJson, ListedJson } from './branch-json-schema.ts';
import { clip, plain } from './plain.ts';
import { count, durationWords, utcWords } from './words.ts';

type Row = readonly string[];

/** Columns two spaces apart; the last one is not padded. */
function columns(rows: readonly Row[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (row: Row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

type Quarantined = BranchJson['quarantine'][number];

/** Names that are shown of what was made harmless. */
const MOST_NAMES = 20;

/** One line for each kind and what was done, with its names: at most 20 in all, the rest counted. */
function quarantineLines(quarantine: readonly Quarantined[]): readonly string[] {
  const groups = new Map<string, Quarantined[]>();
  for (const each of quarantine) {
    const what = `${each.action}: ${each.kind}`;
    groups.set(what, [...(groups.get(what) ?? []), each]);
  }
  let left = MOST_NAMES;
  return [...groups].map(([what, all]) => {
    const names = all.slice(0, left).map(nameWords);
    left -= names.length;
    const more = all.length - names.length;
    const rest = more === 0 ? [] : [names.length === 0 ? String(more) : `and ${more} more`];
    return `made harmless, ${what} ${[...names, ...rest].join(', ')}`;
  });
}

function nameWords({ name, rows }: Quarantined): string {
  const shown = plain(clip(name, 200));
  return rows === undefined ? shown : `${shown} (${count(rows, 'row')})`;
}

const DONE = { create: 'created', connect: 'there', reset: 'reset' } as const;

/** One branch after `create`, `connect` or `reset`, for a terminal. */
export function branchText(done: keyof typeof DONE, json: BranchJson): string {
  const what = done === 'create' && !json.created ? 'there already' : DONE[done];
  const copy =
    json.strategy === null || json.actualMs === null || json.predictedMs === null
      ? []
      : [
          `copied by ${json.strategy} in ${durationWords(json.actualMs)}, foreseen ${durationWords(json.predictedMs)}`,
        ];
  const lines = [
    `${json.branch} is ${what}.`,
    `  baseline ${plain(json.baseline)}, expires ${utcWords(json.expires)}`,
    ...[...copy, ...quarantineLines(json.quarantine)].map((line) => `  ${line}`),
    `  ${json.url ?? 'its URL with the password: --show-url'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function stateWords({ state, expired }: ListedJson): string {
  if (state === 'making') return 'half made';
  return expired ? 'expired' : 'ready';
}

/** A table of branches for a terminal. */
export function branchListText(branches: readonly ListedJson[]): string {
  if (branches.length === 0) return 'There are no branches.\n';
  const rows = branches.map((one) => [
    one.branch,
    stateWords(one),
    plain(one.repository ?? String(one.repositoryId)),
    one.pullRequest === null ? (one.name ?? '') : `#${one.pullRequest}`,
    plain(one.author ?? ''),
    plain(one.baseline),
    `${one.expired ? 'expired' : 'expires'} ${utcWords(one.expires)}`,
    one.bytes === null ? 'unknown' : byteWords(one.bytes),
  ]);
  return columns([['branch', 'state', 'repository', 'pull', 'author', 'baseline', 'life', 'size'], ...rows]);
}

function proofWords({ proved, notProved }: BaselineJson): string {
  if (proved === null) return '';
  return proved ? 'proved' : `not proved: ${plain(clip(notProved ?? '', 200))}`;
}

/** A table of baselines for a terminal. */
export function baselineListText(baselines: readonly BaselineJson[]): string {
  if (baselines.length === 0) return 'There are no baselines.\n';
  const withProof = baselines.some(({ proved }) => proved !== null);
  const rows = baselines.map((one) => [
    plain(one.baseline),
    one.kind,
    one.database,
    utcWords(one.createdAt),
    byteWords(one.bytes),
    String(one.branches),
    ...(withProof ? [one.sourceAt === null ? '' : utcWords(one.sourceAt), proofWords(one)] : []),
  ]);
  const titles = ['baseline', 'kind', 'database', 'since', 'size', 'branches'];
  return columns([withProof ? [...titles, 'rows of', 'masking'] : titles, ...rows]);
}
