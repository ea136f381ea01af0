import { randomBytes } from 'node:crypto';
import { UserError } from '../errors.ts';
import { maskKeys } from '../masking/keys.ts';
import type { MaskPlan, TablePlan } from '../masking/mask-plan.ts';
import { planMasks } from '../masking/plan.ts';
import { tableName } from '../masking/planning/column-id.ts';
import { fits, parseTablePattern, type TablePattern } from '../masking/profile/names.ts';
import { ruleText } from '../masking/profile/strategy-text.ts';
import type { SourceTable } from '../masking/source.ts';
import { nearestName } from '../nearest.ts';
import { type ColumnPreview, previewTable } from '../refresh/preview.ts';
import { openSourceSession } from '../refresh/source-session.ts';
import { maskPreviewText, type ShownTable } from '../report/mask-preview.ts';
import { count } from '../report/words.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import { today } from './judged-by.ts';
import { profileHere } from './mask-check.ts';
import { withMaskSource } from './mask-source.ts';

export type MaskPreviewWish = {
  readonly sourceUrl: string | undefined;
  readonly profile: string | undefined;
  /** As the profile names them; none: the largest. */
  readonly tables: readonly string[];
};

const LARGEST = 10;

/**
 * What masks would make of the first rows of some tables, as shapes: the text for a person. No value leaves the source.
 * @throws UserError when the profile has problems, or a table is not there or stays empty.
 */
export async function maskPreview(world: World, wish: MaskPreviewWish): Promise<string> {
  const patterns = wish.tables.map(patternOf);
  const { profile } = await profileHere(world, wish.profile);
  const key = masterKey(world);
  return withMaskSource(world, wish.sourceUrl, async (source) => {
    const planned = planMasks({ profile, schema: source.schema, today: today(world) });
    if ('problems' in planned) {
      throw new UserError(`The profile has ${count(planned.problems.length, 'thing')} to put right first.`, {
        hint: 'pullgres mask check says which.',
      });
    }
    const chosen = chosenTables(planned.plan, wish.tables, patterns);
    const session = await openSourceSession(source, maskKeys(key, planned.plan.domains), world.signal);
    try {
      const tables = [];
      for (const plan of chosen) tables.push(shownTable(plan, await previewTable(session, plan)));
      return maskPreviewText(tables);
    } finally {
      await session.close();
    }
  });
}

function shownTable(plan: TablePlan, columns: readonly ColumnPreview[]): ShownTable {
  const shown = columns.map((one) => {
    const { column, type, rows } = one;
    return { column, type, treatment: treatmentOf(one), rows };
  });
  return { name: tableName(plan.table), kept: plan.kept !== undefined, columns: shown };
}

function treatmentOf({ mask, distinctness }: ColumnPreview): string {
  if (mask.kind === 'computed') return 'computed again from the masked row';
  if (mask.kind === 'clear') return `stays clear: ${mask.reason}`;
  return `${ruleText(mask.strategy)}; ${distinctWords(distinctness)}`;
}

function distinctWords(distinctness: ColumnPreview['distinctness']): string {
  if (distinctness === undefined) return 'nobody knows whether different values stay different';
  if (distinctness.kind === 'none') return 'different values may become one';
  if (distinctness.kind === 'injective') return 'different values stay different';
  return `different values stay different but for a collision in ${distinctness.bits} bits`;
}

/** Shapes need no lasting key, but with another the masks are others too. */
function masterKey(world: World): Secret {
  const given = world.environment.PULLGRES_MASK_KEY;
  const key = new Secret(given || randomBytes(32).toString('base64url'));
  world.mask(key);
  if (!given)
    world.info('PULLGRES_MASK_KEY is not set: a key of this run alone is used, and thrown away after it.');
  return key;
}

function patternOf(text: string): TablePattern {
  const pattern = parseTablePattern(text);
  if (pattern !== undefined) return pattern;
  throw new UserError(`--table does not take ${JSON.stringify(text.slice(0, 200))}.`, {
    hint: 'Write it as the profile does: users, shop.users, or a pattern with *.',
  });
}

/** Of partitions the largest stands for its table. */
function chosenTables(
  { tables }: MaskPlan,
  texts: readonly string[],
  patterns: readonly TablePattern[],
): readonly TablePlan[] {
  const copied = [...tables.values()].filter(({ rows }) => rows === 'copy').toSorted(bySize);
  if (patterns.length === 0) return onePerTable(copied).slice(0, LARGEST);
  const chosen = patterns.map((pattern) =>
    copied.filter((plan) => namesOf(plan).some((name) => isOf(pattern, name))),
  );
  const missing = chosen.findIndex((found) => found.length === 0);
  if (missing >= 0) throw noTable(texts[missing] ?? '', copied);
  return onePerTable([...new Set(chosen.flat())]);
}

type Name = Pick<SourceTable, 'schema' | 'name'>;

function isOf({ schema, table }: TablePattern, one: Name): boolean {
  return fits(schema, one.schema) && fits(table, one.name);
}

/** A partition also answers to the name of its table. */
function namesOf({ table }: TablePlan): readonly Name[] {
  if (table.partitionOf === undefined) return [table];
  const [schema = '', name = ''] = JSON.parse(table.partitionOf) as string[];
  return [table, { schema, name }];
}

function onePerTable(plans: readonly TablePlan[]): readonly TablePlan[] {
  const seen = new Set<string>();
  return plans.filter(({ key, table }) => {
    const root = table.partitionOf ?? key;
    const isFirst = !seen.has(root);
    seen.add(root);
    return isFirst;
  });
}

function bySize({ table: a }: TablePlan, { table: b }: TablePlan): number {
  return (b.bytes ?? 0) - (a.bytes ?? 0) || (b.rows ?? 0) - (a.rows ?? 0);
}

function noTable(text: string, copied: readonly TablePlan[]): UserError {
  const near = nearestName(
    text,
    copied.flatMap((plan) => namesOf(plan).map(({ name }) => name)),
  );
  return new UserError(`No table ${JSON.stringify(text.slice(0, 200))} is copied.`, {
    hint:
      near === undefined
        ? 'The profile leaves it empty, or the source does not have it.'
        : `Did you mean ${near}?`,
  });
}
