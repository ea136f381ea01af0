import type { Detection } from '../detection/detection.ts';
import { clearByNature } from '../planning/automatic.ts';
import { columnId, columnsOf, type Place } from '../planning/column-id.ts';
import { type Group, groupColumns } from '../planning/groups.ts';
import { suggestRule } from '../planning/suggest.ts';
import type { SourceSchema, SourceTable } from '../source.ts';
import { ruleBook } from './rules.ts';
import { type DraftColumn, type DraftTable, type ProfileDraft, profileText } from './write.ts';

/** From this confidence on a detection becomes a rule; below it is only told. */
const SURE_FROM = 0.5;

export type FirstProfileInput = {
  readonly schema: SourceSchema;
  /** By `JSON.stringify([schema, table, column])`. */
  readonly detections: ReadonlyMap<string, readonly Detection[]>;
  /** Why a table should be empty, undefined when it need not. */
  readonly wholeTableHint?: ((table: SourceTable) => string | undefined) | undefined;
};

/**
 * The text of a first profile, for a person to go through: every column that does not follow another or is clear by
 * nature, with how sure its rule is. Without any value of the source.
 */
export function firstProfile(input: FirstProfileInput): string {
  return profileText(firstDraft(input));
}

/** The same as data. */
export function firstDraft({ schema, detections, wholeTableHint }: FirstProfileInput): ProfileDraft {
  const none = { unknown: 'fail', tables: [], allow: [], texts: [], links: [], keep: [] } as const;
  const book = ruleBook({ ...none, verify: { sample: 1, canaries: undefined, queries: [] } });
  const groups = groupColumns(schema, columnsOf(schema), new Map(), book);
  const tables = [...schema.tables.values()]
    .filter(({ ofExtension, extensionRows }) => ofExtension === undefined || extensionRows !== undefined)
    .filter(({ partitionOf }) => partitionOf === undefined)
    .toSorted((a, b) => compare(a.schema, b.schema) || compare(a.name, b.name));
  return {
    head: [
      'What becomes of each column when a masked baseline is made. Go through it line by line: the percentages say how',
      'sure a rule is. Keys that refer to others follow them; booleans, enums, numbers of a sequence and times of',
      'writing stay clear without a line. A clear column that looks personal needs an entry under `allow`.',
    ],
    unknown: 'fail',
    tables: tables.map((table) => draftTable(table, wholeTableHint?.(table), { detections, groups })),
    links: [],
  };
}

type Context = {
  readonly detections: FirstProfileInput['detections'];
  readonly groups: ReadonlyMap<string, Group>;
};

function draftTable(table: SourceTable, hint: string | undefined, context: Context): DraftTable {
  const name = { schema: table.schema, table: table.name };
  if (table.kind === 'foreign table')
    return { ...name, whole: 'empty', columns: [], comment: 'a foreign table' };
  if (hint !== undefined) return { ...name, whole: 'empty', columns: [], comment: hint };
  return { ...name, columns: table.columns.flatMap((column) => draftColumn({ table, column }, context)) };
}

function draftColumn(place: Place, { detections, groups }: Context): readonly DraftColumn[] {
  const { table, column } = place;
  if (column.generated !== undefined) return [];
  const group = groups.get(columnId(place));
  if (group && columnId(group.roots[0] ?? place) !== columnId(place)) return [];
  const all = (detections.get(columnId(place)) ?? []).toSorted((a, b) => b.confidence - a.confidence);
  const sure = all.filter(({ confidence }) => confidence >= SURE_FROM);
  if (sure.length === 0 && clearByNature(table, column) !== undefined) return [];
  return [
    { column: column.name, rule: suggestRule(place, sure), comment: wordsOf(all, column.type.category) },
  ];
}

function wordsOf(detections: readonly Detection[], category: string): string {
  const [best, ...others] = detections;
  if (best !== undefined) {
    const because = best.because.length > 0 ? `: ${best.because.join('; ')}` : '';
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    return `${Math.round(best.confidence * 100)} % ${best.class}${because}${more}`;
  }
  if (category === 'tsvector') return 'derived anew from masked columns';
  return category === 'json'
    ? 'a document: no sign of personal data, masked all the same'
    : '0 %: no sign of personal data';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
