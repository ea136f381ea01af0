import { createHash, randomBytes } from 'node:crypto';
import type { MaskPlan } from '../masking/mask-plan.ts';
import { madeValues } from '../masking/verification/sample-query.ts';
import { fateKey, sensitiveColumns } from '../masking/verification/sensitive.ts';
import { copyRows, type RowSession } from './copy-rows.ts';
import { fingerprintSql, RUN_KEY } from './fingerprints.ts';
import { type Needles, placeOf } from './needles.ts';

/**
 * Of the needles that were found in masked columns those that a mask made there of another row's value: a permutation
 * of telephone numbers gives real numbers of other people, and a list of names real names. Asked of the source, as
 * fingerprints under a key of the moment, so that no value goes over the wire. Only a whole value counts: a mask that
 * leaves the address inside a longer text is a leak.
 * @param found Needles by column.
 */
export async function madeByMasks(
  { source, needles, plan }: { source: RowSession; needles: Needles; plan: MaskPlan },
  found: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const made = new Map<string, Set<number>>();
  if (found.size === 0) return made;
  const key = randomBytes(32);
  await source.query('SELECT pg_catalog.set_config($1, $2, false) IS NULL', [RUN_KEY, key.toString('hex')]);
  for (const column of sensitiveColumns(plan)) {
    const place = fateKey(column.table.schema, column.table.name, column.column.name);
    const wanted = found.get(place);
    if (wanted === undefined || column.mask === undefined) continue;
    const here = new Set<number>();
    made.set(place, here);
    const numbers = new Map<string, number>();
    for (const needle of wanted) numbers.set(fingerprint(key, needles.list[needle]?.value), needle);
    const query = `SELECT DISTINCT ${fingerprintSql('pullgres_w')} FROM (${madeValues(column)}) AS pullgres_x`;
    const what = `The source refused the masks of ${placeOf(column)}`;
    await copyRows(source, { query, what }, ([mask]) => {
      const needle = numbers.get(mask?.toString('hex') ?? '');
      if (needle !== undefined) here.add(needle);
    });
  }
  return made;
}

function fingerprint(key: Buffer, value: Buffer | undefined): string {
  const digest = createHash('sha256').update(key);
  return digest
    .update(value ?? '')
    .digest()
    .subarray(0, 8)
    .toString('hex');
}
