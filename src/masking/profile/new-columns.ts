import type { Catalog } from '../../sql/catalog.ts';
import type { Detection, DetectionInput } from '../detection/detection.ts';
import { columnId, columnsOf, type Place, placeText, tableName } from '../planning/column-id.ts';
import { partitionRoot } from '../planning/compile.ts';
import { type Decision, decider } from '../planning/decide.ts';
import { groupColumns } from '../planning/groups.ts';
import { readLinks } from '../planning/links.ts';
import { collectReport } from '../planning/missing.ts';
import { objections } from '../planning/objections.ts';
import { suggestRule } from '../planning/suggest.ts';
import type { SourceSchema } from '../source.ts';
import { catalogSchema } from './catalog-schema.ts';
import { pasteLine } from './paste.ts';
import type { MaskingProfile } from './profile.ts';
import { ruleBook } from './rules.ts';
import { ruleText } from './strategy-text.ts';

/** A column of a change that the profile says nothing of, or leaves clear although it looks personal. */
export type NewColumn = {
  /** `public.users`, as SQL writes it. */
  readonly table: string;
  readonly column: string;
  /** One sentence for people. */
  readonly why: string;
  /** The line for the profile, with its place as a comment. */
  readonly paste: string;
};

export type NewColumnsInput = {
  readonly before: Catalog;
  readonly after: Catalog;
  readonly profile: MaskingProfile;
  /** By names and types alone: no row is read. */
  readonly detect: (input: DetectionInput) => readonly Detection[];
  /** ISO 8601 day. */
  readonly today: string;
};

/** Columns that a change adds, or gives another type, without the profile knowing what becomes of them. */
export function newColumns(input: NewColumnsInput): readonly NewColumn[] {
  const [before, after] = [catalogSchema(input.before), catalogSchema(input.after)];
  const changed = changedColumns(before, after);
  if (changed.length === 0) return [];
  const judge = judging(input, after);
  return changed.flatMap(({ place, change }) => judge(place, change));
}

type Changed = { readonly place: Place; readonly change: string };

function changedColumns(before: SourceSchema, after: SourceSchema): readonly Changed[] {
  const old = columnsOf(before);
  return [...after.tables.values()].flatMap((table) => {
    // A partition's columns are its table's.
    if (table.partitionOf !== undefined) return [];
    const was = old.table(table.schema, table.name);
    return table.columns.flatMap((column): Changed[] => {
      const earlier = was && old.column(was, column.name)?.column;
      if (earlier?.type.sql === column.type.sql) return [];
      const change = earlier ? `changes from ${earlier.type.sql} to ${column.type.sql}` : 'is added';
      return [{ place: { table, column }, change }];
    });
  });
}

function judging({ profile, detect, today }: NewColumnsInput, schema: SourceSchema) {
  const columns = columnsOf(schema);
  const book = ruleBook(profile);
  // What is wrong with the profile as a whole is told where a refresh is planned.
  const elsewhere = collectReport();
  const links = readLinks(profile, columns, [], elsewhere);
  const decide = decider({ book, groups: groupColumns(schema, columns, links, book), report: elsewhere });
  return (place: Place, change: string): readonly NewColumn[] => {
    const root = partitionRoot(place.table, columns);
    if (book(root.schema, root.name).rows === 'empty') return [];
    const decided = decide(place);
    const found = detect(decided.root).toSorted((a, b) => b.confidence - a.confidence);
    const why = whyNot(place, decided.decision, found, { profile, today });
    if (why === undefined) return [];
    const at =
      decided.root.column === place.column || decided.decision.kind !== 'unknown' ? place : decided.root;
    return [
      {
        table: tableName(place.table),
        column: place.column.name,
        why: `${placeText(place)} ${change} ${why}`,
        paste: pasteLine(
          { schema: at.table.schema, table: at.table.name },
          at.column.name,
          ruleText(suggestRule(at, found)),
        ),
      },
    ];
  };
}

function whyNot(
  place: Place,
  decision: Decision,
  found: readonly Detection[],
  { profile, today }: { readonly profile: MaskingProfile; readonly today: string },
): string | undefined {
  const [best] = found;
  const looks = best ? `, and looks like ${best.class} (${Math.round(best.confidence * 100)} %)` : '';
  if (decision.kind === 'unknown') {
    return profile.unknown === 'fail' ? `without a rule in the masking profile${looks}.` : undefined;
  }
  const report = collectReport();
  objections({ profile, detections: new Map([[columnId(place), found]]), today, report }).judge(
    place,
    decision,
  );
  return report.problems.length > 0 ? `and would stay clear${looks}.` : undefined;
}
