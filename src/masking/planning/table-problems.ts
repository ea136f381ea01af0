import { canonical } from '../profile/canonical.ts';
import type { MaskingProfile } from '../profile/profile.ts';
import { isPattern, type RuleBook } from '../profile/rules.ts';
import { nameText, tableText } from '../profile/strategy-text.ts';
import type { SourceTable } from '../source.ts';
import { type Columns, tableName } from './column-id.ts';
import type { States } from './keys.ts';
import { type Report, reportMissing } from './missing.ts';

/** A partition's own entry may not choose other rows than its table's. */
export function reportPartitionRules(
  table: SourceTable,
  root: SourceTable,
  book: RuleBook,
  report: Report,
): void {
  const { own } = book(table.schema, table.name);
  if (own === undefined || table.kind === 'foreign table') return;
  const above = book(root.schema, root.name);
  const asIn = ({ rows, subset, sample }: Pick<typeof own, 'rows' | 'subset' | 'sample'>): string =>
    canonical({ rows, subset, sample });
  if (asIn(own) === asIn(above)) return;
  report.problem(
    tableName(table),
    `is a partition of ${tableName(root)} and has other rules`,
    `Write one rule for all partitions, under ${tableText({ schema: root.schema, table: root.name })}.`,
  );
}

/** A masked partition key would move rows to other partitions. */
export function reportPartitionColumns(table: SourceTable, states: States, report: Report): void {
  for (const name of table.partitionColumns) {
    if (states.get(name)?.kind !== 'masked') continue;
    report.problem(
      `${tableName(table)}.${nameText(name)}`,
      'decides in which partition a row stands, so it cannot be masked',
      'Write clear for it, with an entry under allow when it looks personal, or leave the table empty.',
    );
  }
}

/** Tells of tables and columns of the profile that the source does not have. */
export function reportUnmatched(
  profile: MaskingProfile,
  columns: Columns,
  tables: readonly string[],
  report: Report,
): void {
  const named = new Set(
    profile.tables.map(({ pattern }) => canonical([pattern.schema.text, pattern.table.text])),
  );
  const free = tables.filter((_, index) => index < MOST_COMPARED);
  for (const { pattern, columns: entries } of profile.tables) {
    if (isPattern(pattern)) continue;
    const name = { schema: pattern.schema.text, table: pattern.table.text };
    const table = columns.table(name.schema, name.table);
    if (table === undefined) {
      const others = free.filter((one) => !named.has(canonical(one.split('.'))));
      reportMissing(report, `tables: ${tableText(name)}`, 'table', `${name.schema}.${name.table}`, others);
      continue;
    }
    const exact = entries.flatMap(({ pattern: one }) => (one.glob ? [] : [one.text]));
    const ruled = new Set(exact);
    const others = table.columns.map((one) => one.name).filter((one) => !ruled.has(one));
    for (const column of exact) {
      if (columns.column(table, column)) continue;
      reportMissing(report, `${tableText(name)}.${nameText(column)}`, 'column', column, others);
    }
  }
  for (const { column, table, schema, section } of otherPlaces(profile)) {
    const found = columns.table(schema, table);
    if (found !== undefined && (column === undefined || columns.column(found, column))) continue;
    const place = tableText({ schema, table });
    report.problem(
      `${section}: ${column === undefined ? place : `${place}.${nameText(column)}`}`,
      'the source has no such thing',
      'Mend the name, or take the entry out.',
    );
  }
}

/** Names that are compared with a misspelt one, so that many of both take no time. */
const MOST_COMPARED = 5000;

type OtherPlace = {
  readonly schema: string;
  readonly table: string;
  readonly column?: string;
  readonly section: string;
};

function otherPlaces({ allow, keep, tables }: MaskingProfile): readonly OtherPlace[] {
  const likes = tables.flatMap(({ columns }) =>
    columns.flatMap(({ rule }) => (rule.as === 'like' ? [{ ...rule.column, section: 'like' }] : [])),
  );
  return [
    ...likes,
    ...allow.map(({ column }) => ({ ...column, section: 'allow' })),
    ...keep.map(({ schema, table }) => ({ schema, table, section: 'keep' })),
  ];
}

/** Tells of rows that go with the emptied table that they refer to. */
export function noteReferences(
  copied: readonly SourceTable[],
  emptied: ReadonlyMap<string, SourceTable>,
  states: ReadonlyMap<SourceTable, States>,
  report: Report,
): void {
  for (const table of copied) {
    for (const key of table.foreignKeys) {
      const parent = emptied.get(key.references);
      const own = states.get(table);
      const nulled = key.columns.some((name) => {
        const state = own?.get(name);
        return state?.kind === 'masked' && state.strategy.as === 'null';
      });
      if (parent === undefined || nulled) continue;
      report.note(
        `${tableName(table)}: rows that refer to ${tableName(parent)} by ${key.columns.map(nameText).join(', ')} are left out, since it stays empty.`,
      );
    }
  }
}
