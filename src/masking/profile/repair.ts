import { identifierText } from '../../sql/identifier.ts';
import type { Detection, PersonalClass } from '../detection/detection.ts';
import type { PlanProblem } from '../mask-plan.ts';
import { alternatives } from '../planning/alternatives.ts';
import { columnId, type Place, placeText, tableName } from '../planning/column-id.ts';
import { type SourceSchema, type SourceTable, tableKey } from '../source.ts';
import type { Strategy } from '../strategy.ts';
import { canonical } from './canonical.ts';
import { ruleText } from './strategy-text.ts';
import type { DraftColumn, DraftTable, ProfileDraft } from './write.ts';

export type Repairing = {
  readonly draft: ProfileDraft;
  readonly schema: SourceSchema;
  /** By columnId. */
  readonly detections: ReadonlyMap<string, readonly Detection[]>;
  /** What a refresh would refuse of it. */
  readonly judge: (draft: ProfileDraft) => Promise<readonly PlanProblem[]>;
};

/** Of what a class's values may become besides, what is most like them first. */
const LIKE: Partial<Record<PersonalClass, readonly Strategy[]>> = {
  'bank account': [{ as: 'digits', check: 'iban' }, { as: 'code' }, { as: 'digits' }],
  email: [{ as: 'email' }, { as: 'code' }],
  phone: [{ as: 'phone' }, { as: 'digits' }, { as: 'code' }],
  'national id': [{ as: 'code' }, { as: 'digits' }],
  'payment card': [{ as: 'digits' }, { as: 'code' }],
};
const OTHERWISE: readonly Strategy[] = [
  { as: 'code' },
  { as: 'digits' },
  { as: 'username' },
  { as: 'text' },
  { as: 'shift', days: 30 },
  { as: 'noise', ratio: 0.1 },
  { as: 'elements', each: { as: 'code' } },
];

type Line = {
  readonly place: Place;
  readonly first: DraftColumn;
  /** Strategies that are still to be tried. */
  readonly left: Strategy[];
  now: DraftColumn;
  /** What is said against each; the line then stays as it was, for a person. */
  given: boolean;
  why: string;
};

/**
 * A draft whose lines a refresh would take: those that are refused get another strategy of their class, or, where none
 * holds, say in their comment what stands against them.
 */
export async function repairedDraft(repairing: Repairing): Promise<ProfileDraft> {
  const lines = linesOf(repairing);
  const most = Math.max(0, ...[...lines.values()].map(({ left }) => left.length)) + 1;
  for (let round = 0; round <= most; round++) {
    // What no strategy mends is taken for clear, so that the others are judged on.
    const problems = await repairing.judge(withLines(repairing.draft, lines, asTried));
    const blamed = blamedBy(problems, lines, repairing.schema);
    if (blamed.size === 0) break;
    for (const [line, { what }] of blamed) advance(line, what);
  }
  return withLines(repairing.draft, lines, asWritten);
}

function linesOf({ draft, schema, detections }: Repairing): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>();
  for (const drafted of draft.tables) {
    const table = schema.tables.get(tableKey(drafted.schema, drafted.table));
    for (const first of table ? drafted.columns : []) {
      const column = table?.columns.find(({ name }) => name === first.column);
      if (!table || !column || first.rule.as === 'clear' || first.rule.as === 'like') continue;
      const place = { table, column };
      const [best] = (detections.get(columnId(place)) ?? []).toSorted((a, b) => b.confidence - a.confidence);
      const left = candidates(place, best?.class, first);
      lines.set(columnId(place), { place, first, left, now: first, given: false, why: '' });
    }
  }
  return lines;
}

function candidates(
  { table, column }: Place,
  kind: PersonalClass | undefined,
  { rule }: DraftColumn,
): Strategy[] {
  const possible = new Set(alternatives(table, column).map(({ strategy }) => canonical(strategy)));
  const like = kind && LIKE[kind];
  // Beside digits `digits` leaves letters as they are.
  const others = OTHERWISE.filter(({ as }) => as !== 'digits' || column.type.category !== 'text');
  return [...(like ?? others)].filter(
    (one) => possible.has(canonical(one)) && canonical(one) !== canonical(rule),
  );
}

function advance(line: Line, what: string): void {
  line.why ||= what;
  const next = line.left.shift();
  if (next === undefined) line.given = true;
  else line.now = { ...line.first, rule: next };
}

/** Each refused line with what is said of it; of a key, the lines of its members. */
function blamedBy(
  problems: readonly PlanProblem[],
  lines: ReadonlyMap<string, Line>,
  schema: SourceSchema,
): ReadonlyMap<Line, PlanProblem> {
  const byWhere = new Map<string, PlanProblem>(problems.map((problem) => [problem.where, problem]));
  const blamed = new Map<Line, PlanProblem>();
  for (const line of lines.values()) {
    const found = [placeText(line.place), ...keysOf(line.place, schema)].flatMap(
      (where) => byWhere.get(where) ?? [],
    );
    const own = found.find(({ where, what }) => where === placeText(line.place) || names(what, line.place));
    if (own !== undefined && !line.given) blamed.set(line, own);
  }
  return blamed;
}

function keysOf({ table, column }: Place, schema: SourceSchema): readonly string[] {
  const partitions = [...schema.tables.values()].filter(({ partitionOf }) => partitionOf === keyOf(table));
  return [table, ...partitions].flatMap((one) =>
    one.keys
      .filter(({ reads }) => reads.includes(column.name))
      .map(({ kind, name }) => `${tableName(one)}, ${kind} ${identifierText(name)}`),
  );
}

const keyOf = ({ schema, name }: SourceTable): string => tableKey(schema, name);

/** Whether a key's problem names the column, and not only another member. */
function names(what: string, { column }: Place): boolean {
  const name = identifierText(column.name).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w"])${name}(?![\\w"])`).test(what);
}

const asTried = (line: Line): DraftColumn =>
  line.given ? { ...line.first, rule: { as: 'clear' } } : line.now;

function asWritten({ first, now, given, why }: Line): DraftColumn {
  if (why === '') return first;
  const said = first.comment === undefined ? '' : `${first.comment}; `;
  if (given) return { ...first, comment: `${said}TO DECIDE: ${why}` };
  return {
    ...now,
    comment: `${said}not ${ruleText(first.rule)}: ${why.replace(`${ruleText(first.rule)}: `, '')}`,
  };
}

function withLines(
  draft: ProfileDraft,
  lines: ReadonlyMap<string, Line>,
  write: (line: Line) => DraftColumn,
): ProfileDraft {
  const tables = draft.tables.map((table): DraftTable => {
    const columns = table.columns.map((one) => {
      const line = lines.get(JSON.stringify([table.schema, table.table, one.column]));
      return line === undefined ? one : write(line);
    });
    return { ...table, columns };
  });
  return { ...draft, tables };
}
