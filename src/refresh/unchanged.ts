import { ProviderError } from '../errors.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import {
  isTooMany,
  type Unchanged,
  type UnchangedQuery,
  unchangedQueries,
} from '../masking/verification/unchanged-query.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { thousands } from '../thousands.ts';
import { copyRows, type RowSession } from './copy-rows.ts';

type Session = RowSession & { readonly script: (sql: string) => Promise<void> };

/**
 * Asks of every mask whether it changes what it is given. The other checks seek what the masks take away, and take what
 * a mask leaves for wanted; so a mask that leaves everything would pass them.
 * @param source Inside of the transaction with the snapshot, with the masks' keys set.
 */
export async function proveMasks(request: {
  readonly plan: MaskPlan;
  readonly source: Session;
}): Promise<Verdict> {
  const queries = unchangedQueries(request.plan);
  const problems: { where: string; what: string }[] = [];
  const gaps: { where: string; what: string }[] = [];
  const shown: string[] = [];
  let values = 0;
  for (const each of queries) {
    const found = await askOne(request.source, each);
    if ('gap' in found) {
      gaps.push({ where: each.where, what: found.gap });
      continue;
    }
    values += found.short + found.long;
    if (isTooMany(found, each.strictness)) {
      problems.push({ where: each.where, what: told(found) + (each.remedy ?? '') });
    } else if (found.shown > 0) {
      shown.push(`${each.where} leaves ${share(found.shown, found.long)} of its values recognisable`);
    }
  }
  const said =
    problems.length === 0 ? 'each changes what it is given' : 'not every one changes what it is given';
  return {
    status: statusOf(problems.length, gaps.length),
    summary: `${thousands(queries.length)} masks tried on ${thousands(values)} different values: ${said}.${shown.length === 0 ? '' : ` Own expressions: ${shown.join(', ')}.`}`,
    problems: [...problems, ...gaps],
  };
}

function told({ short, shortSame, long, longSame }: Unchanged): string {
  return `${thousands(shortSame + longSame)} of ${thousands(short + long)} different values come out of the mask as they went in.`;
}

/** Never 0 %, which nobody would read on. */
function share(part: number, all: number): string {
  return `${Math.max(1, Math.round((100 * part) / all))} %`;
}

async function askOne(source: Session, { where, sql }: UnchangedQuery): Promise<Unchanged | { gap: string }> {
  let found: Unchanged = { short: 0, shortSame: 0, long: 0, longSame: 0, shown: 0 };
  await source.script('SAVEPOINT pullgres_mask');
  try {
    await copyRows(source, { query: sql, what: `The source refused the masks of ${where}` }, (numbers) => {
      const [short = 0, shortSame = 0, long = 0, longSame = 0, shown = 0] = numbers.map((each) =>
        Number(each?.readBigInt64BE(0) ?? 0n),
      );
      found = { short, shortSame, long, longSame, shown };
    });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    await source.script('ROLLBACK TO SAVEPOINT pullgres_mask');
    return { gap: error.message };
  }
  await source.script('RELEASE SAVEPOINT pullgres_mask');
  return found;
}
