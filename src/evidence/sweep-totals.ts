import { groupBy } from '../group-by.ts';
import type { SweepOutcome, SweepTotals, SweptBranch, SweptRemain } from './sweep-schema.ts';

type Elsewhere = { readonly repositoryId: number; readonly bytes: number | undefined };

/** The sums of one sweep. Branches of other repositories count only into the sizes. */
export function sweepTotals(
  repositoryId: number,
  branches: readonly SweptBranch[],
  remains: readonly SweptRemain[],
  elsewhere: readonly Elsewhere[],
): SweepTotals {
  const own = branches.map(({ bytes, divergedBytes }) => ({ repositoryId, bytes, divergedBytes }));
  const sized: readonly (Elsewhere & Sized)[] = [...own, ...elsewhere];
  // A place where nobody may look is no thing of which something is unknown.
  const items = [...branches, ...remains].filter(({ rule }) => rule !== 'unseen');
  const number = (...outcomes: readonly SweepOutcome[]) =>
    items.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    ...shareOf(sized),
    byRepository: shares(sized, (each) => each.repositoryId).map(({ key, ...share }) => ({
      repositoryId: key,
      ...share,
    })),
    byAuthor: shares(branches, ({ author }) => author).map(({ key, ...share }) => ({
      ...(key === undefined ? {} : { author: key }),
      ...share,
    })),
    deleted: number('removed', 'gone'),
    kept: number('kept'),
    unknown: number('unknown'),
    failed: number('failed'),
    planned: number('planned'),
    postponed: number('postponed'),
    bytesFreed: sum(
      items.flatMap((each) => (each.outcome === 'removed' && frees(each) ? (each.bytes ?? 0) : 0)),
    ),
  };
}

/** A slot's bytes are WAL, of which another slot may still need some. */
function frees(item: SweptBranch | SweptRemain): boolean {
  return !('kind' in item) || item.kind !== 'slot';
}

type Sized = { readonly bytes?: number | undefined; readonly divergedBytes?: number | undefined };

function shares<T extends Sized, K>(items: readonly T[], keyOf: (item: T) => K) {
  return [...groupBy(items, keyOf)]
    .map(([key, own]) => ({ key, ...shareOf(own) }))
    .sort((a, b) => b.bytes - a.bytes || b.branches - a.branches);
}

function shareOf(items: readonly Sized[]) {
  const diverged = items.flatMap(({ divergedBytes }) => divergedBytes ?? []);
  return {
    branches: items.length,
    bytes: sum(items.map(({ bytes }) => bytes ?? 0)),
    ...(diverged.length === 0 ? {} : { divergedBytes: sum(diverged) }),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
