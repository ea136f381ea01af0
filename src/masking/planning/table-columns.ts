import type { Detection } from '../detection/detection.ts';
import { domainOf } from '../domain.ts';
import type { ColumnMask } from '../mask-plan.ts';
import { pasteLine } from '../profile/paste.ts';
import type { MaskingProfile } from '../profile/profile.ts';
import type { RuleBook } from '../profile/rules.ts';
import { ruleText } from '../profile/strategy-text.ts';
import type { SourceTable } from '../source.ts';
import type { Compiled, Refusal, Strategy } from '../strategy.ts';
import { maskByType } from './automatic.ts';
import { columnId, type Place, placeText } from './column-id.ts';
import type { CompileColumn } from './compile.ts';
import type { Decide, Decided } from './decide.ts';
import { keptDistinctness, keptOr } from './keep.ts';
import { columnsRead } from './key-expression.ts';
import type { ColumnState } from './keys.ts';
import type { Report } from './missing.ts';
import type { Objections } from './objections.ts';
import { suggestRule } from './suggest.ts';

export type TableColumns = {
  readonly masks: ReadonlyMap<string, ColumnMask>;
  readonly states: ReadonlyMap<string, ColumnState>;
  readonly domains: readonly string[];
};

type Context = {
  readonly profile: MaskingProfile;
  readonly book: RuleBook;
  readonly decide: Decide;
  readonly compile: CompileColumn;
  readonly objections: Objections;
  readonly detectionsOf: (place: Place) => readonly Detection[];
  readonly report: Report;
  readonly asked: Set<string>;
  readonly countClear: (reason: string) => void;
  /** Checked condition of the rows that are not masked. */
  readonly kept: string | undefined;
};

type Made = { readonly mask: ColumnMask; readonly state: ColumnState; readonly domains: readonly string[] };

/** What becomes of each column of a table whose rows are copied. Columns without an answer are told and left out. */
export function tableColumns(table: SourceTable, context: Context): TableColumns {
  const decided = table.columns.map((column) => ({ column, ...context.decide({ table, column }) }));
  const isDerived = ({ decision }: Decided): boolean =>
    decision.kind === 'masked' && decision.strategy.as === 'derive';
  const made = new Map<string, Made>();
  // What is derived reads the other columns' masks.
  for (const one of [...decided.filter((one) => !isDerived(one)), ...decided.filter(isDerived)]) {
    const place = { table, column: one.column };
    context.objections.judge(place, one.decision);
    const result = make(place, one, context, isDerived(one) ? maskedTexts(made) : undefined);
    if (result) made.set(one.column.name, result);
  }
  return {
    masks: new Map([...made].map(([name, { mask }]) => [name, mask])),
    states: new Map([...made].map(([name, { state }]) => [name, state])),
    domains: [...made.values()].flatMap(({ domains }) => domains),
  };
}

function maskedTexts(made: ReadonlyMap<string, Made>): ReadonlyMap<string, string> {
  return new Map(
    [...made].flatMap(([name, { mask }]) => {
      if (mask.kind === 'computed') return [];
      return [[name, mask.kind === 'masked' ? mask.sql : `"${name.replaceAll('"', '""')}"`]];
    }),
  );
}

function make(
  place: Place,
  decided: Decided,
  context: Context,
  masked: ReadonlyMap<string, string> | undefined,
): Made | undefined {
  const { decision } = decided;
  switch (decision.kind) {
    case 'computed':
      return { mask: { kind: 'computed' }, state: { kind: 'computed' }, domains: [] };
    case 'clear': {
      if (decision.automatic && decided.root.column === place.column) context.countClear(decision.reason);
      const reason = context.objections.reasonFor(place) ?? reasonOf(decided, place);
      return { mask: { kind: 'clear', reason }, state: { kind: 'clear' }, domains: [] };
    }
    case 'masked':
      return maskedBy(place, decision.strategy, decided, context, masked);
    case 'unknown':
      return unknown(place, decided, context);
  }
}

function reasonOf({ decision, root }: Decided, place: Place): string {
  const reason = decision.kind === 'clear' ? decision.reason : '';
  return root.column === place.column ? reason : `follows ${placeText(root)}: ${reason}`;
}

/** Tells of a column without a rule, once for all that follow it. */
function askFor(place: Place, root: Place, context: Context): void {
  const id = columnId(root);
  if (context.asked.has(id)) return;
  context.asked.add(id);
  const follower = root.column === place.column ? '' : `, and ${placeText(place)} follows it`;
  const likeNobody =
    context.book(root.table.schema, root.table.name).named(root.column.name)?.rule.as === 'like';
  const what = likeNobody ? 'is like a column that is like it, or not there' : 'has no rule';
  context.report.problem(placeText(root), `${what}${follower}`, suggestion(root, context));
}

/** By the profile's `unknown`, which is asked for every column that no rule is about. */
function unknown(place: Place, decided: Decided, context: Context): Made | undefined {
  const { profile } = context;
  if (profile.unknown === 'fail') {
    askFor(place, decided.root, context);
    return undefined;
  }
  if (profile.unknown === 'empty' || place.column.type.category === 'tsvector') {
    return maskedBy(place, { as: 'empty' }, decided, context, undefined);
  }
  const best = context.detectionsOf(decided.root).find(({ path }) => path.length === 0);
  const candidates = [...(best ? [best.strategy] : []), ...maskByType(place.column)];
  const usable = candidates.find((strategy) => isUsable(place, strategy, decided, context));
  return maskedBy(place, usable ?? (candidates[0] as Strategy), decided, context, undefined);
}

function isUsable(place: Place, strategy: Strategy, decided: Decided, { compile }: Context): boolean {
  const compiled = compile(place, strategy, domainFor(strategy, decided));
  if ('refusal' in compiled) return false;
  const unique = place.table.keys.some(({ reads }) => reads.includes(place.column.name));
  const shared = decided.group?.follows.some(({ why }) => why === 'key') ?? false;
  return (!unique && !shared) || compiled.distinctness.kind !== 'none';
}

function suggestion(place: Place, context: Context): string {
  const { schema, name } = place.table;
  return pasteLine(
    { schema, table: name },
    place.column.name,
    ruleText(suggestRule(place, context.detectionsOf(place))),
  );
}

function maskedBy(
  place: Place,
  strategy: Strategy,
  decided: Decided,
  context: Context,
  masked: ReadonlyMap<string, string> | undefined,
): Made | undefined {
  const domain = domainFor(strategy, decided);
  const shared = decided.group?.follows.some(({ why }) => why !== 'parent') ?? false;
  const result: Compiled | { readonly refusal: Refusal } =
    shared && readsItsRow(strategy)
      ? { refusal: keyExpression(strategy.as) }
      : (unmaskedSource(strategy, masked, place) ?? context.compile(place, strategy, domain, masked));
  if ('refusal' in result) {
    context.report.problem(
      placeText(place),
      `${ruleText(strategy)}: ${result.refusal.why}`,
      result.refusal.remedy,
    );
    return undefined;
  }
  for (const note of result.notes) context.report.note(`${placeText(place)}: ${note}`);
  // A key that others refer to is masked in every row: the rows that refer to it do not know which are kept.
  const isKey = decided.group?.follows.some(({ why }) => why === 'key') ?? false;
  const kept = isKey || strategy.as === 'derive' ? undefined : context.kept;
  const sql = keptOr(kept, place.column.name, result.sql);
  const distinctness =
    kept === undefined ? result.distinctness : keptDistinctness(strategy, result.distinctness);
  return {
    mask: { kind: 'masked', strategy, domain, sql },
    state: { kind: 'masked', strategy, distinctness, foldsCase: result.foldsCase },
    domains: result.domains,
  };
}

/** What is derived may read only columns whose masked SQL is known: the others would be read as they are. */
function unmaskedSource(
  strategy: Strategy,
  masked: ReadonlyMap<string, string> | undefined,
  { table, column }: Place,
): { readonly refusal: Refusal } | undefined {
  if (strategy.as !== 'derive') return undefined;
  const read = columnsRead(strategy.expression) ?? [];
  const known = new Set(table.columns.map(({ name }) => name));
  const unknown = read.filter((name) => name !== column.name && known.has(name) && !masked?.has(name));
  if (unknown.length === 0) return undefined;
  return {
    refusal: {
      why: `it reads ${unknown.join(', ')}, which is computed, derived itself or without a rule`,
      remedy: 'Derive it from columns that have a mask of their own.',
    },
  };
}

/** What it makes of a value depends on its row, so that equal values of other tables get other masks. */
function readsItsRow(strategy: Strategy): boolean {
  if (strategy.as === 'shift') return strategy.by !== undefined;
  return strategy.as === 'sql' || strategy.as === 'derive';
}

function keyExpression(as: string): Refusal {
  return {
    why: `other columns follow this one, and \`${as}\` may give equal values different masks in their tables`,
    remedy: 'Choose a strategy by name, such as digits, code or email.',
  };
}

function domainFor(strategy: Strategy, { root, group }: Decided): string {
  const { table, column } = root;
  const isKey =
    group?.follows.some(({ why }) => why !== 'parent') === true ||
    table.keys.some(
      ({ kind, parts }) =>
        kind === 'primary key' && parts.some((part) => 'column' in part && part.column === column.name),
    );
  return domainOf(strategy, {
    schema: table.schema,
    table: table.name,
    column: column.name,
    type: column.type,
    isKey,
  });
}
