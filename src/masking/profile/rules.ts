import { fits, isAny, type NamePattern, type TablePattern } from './names.ts';
import type { ColumnRule, MaskingProfile, TableEntry } from './profile.ts';

/** The rule that a column has by the profile's words alone. */
export type FoundRule = {
  readonly rule: ColumnRule;
  readonly table: TablePattern;
  readonly column: NamePattern;
  /** The table and the column are named, by no pattern. */
  readonly exact: boolean;
};

/** What the profile says of one table. */
export type TableRules = {
  /** The entry that names the table itself. */
  readonly own: TableEntry | undefined;
  readonly rows: 'copy' | 'empty';
  readonly subset: string | undefined;
  readonly sample: number | undefined;
  /** The rule that names a column or fits its name. */
  readonly named: (column: string) => FoundRule | undefined;
  /** The rule for the columns that remain, `"*"`. */
  readonly remaining: FoundRule | undefined;
};

/** Finds a table's rules: what is most specific comes first. */
export type RuleBook = (schema: string, table: string) => TableRules;

/** Reads a profile for looking tables up. */
export function ruleBook({ tables }: MaskingProfile): RuleBook {
  const exact = new Map<string, TableEntry>();
  for (const entry of tables) if (!isPattern(entry.pattern)) exact.set(keyOf(entry.pattern), entry);
  const patterns = tables.filter(({ pattern }) => isPattern(pattern)).toSorted(bySpecificity);
  const columns = new Map<TableEntry, EntryColumns>(tables.map((entry) => [entry, readColumns(entry)]));
  return (schema, table) => {
    const own = exact.get(JSON.stringify([schema, table]));
    const fitting = patterns.filter(
      ({ pattern }) => fits(pattern.schema, schema) && fits(pattern.table, table),
    );
    return tableRules(own, own ? [own, ...fitting] : fitting, columns);
  };
}

type EntryColumns = {
  readonly exact: ReadonlyMap<string, FoundRule>;
  readonly patterns: readonly FoundRule[];
  readonly remaining: FoundRule | undefined;
};

function tableRules(
  own: TableEntry | undefined,
  entries: readonly TableEntry[],
  columns: ReadonlyMap<TableEntry, EntryColumns>,
): TableRules {
  const read = entries.flatMap((entry) => columns.get(entry) ?? []);
  return {
    own,
    rows: entries[0]?.rows ?? 'copy',
    subset: entries.find(({ subset }) => subset !== undefined)?.subset,
    sample: entries.find(({ sample }) => sample !== undefined)?.sample,
    named: (column) => {
      for (const { exact, patterns } of read) {
        const found = exact.get(column) ?? patterns.find((one) => fits(one.column, column));
        if (found) return found;
      }
      return undefined;
    },
    remaining: read.find(({ remaining }) => remaining !== undefined)?.remaining,
  };
}

function readColumns(entry: TableEntry): EntryColumns {
  const exactTable = !isPattern(entry.pattern);
  const all = entry.columns.map(({ pattern, rule }): FoundRule => {
    return { rule, table: entry.pattern, column: pattern, exact: exactTable && !pattern.glob };
  });
  return {
    exact: new Map(all.filter(({ column }) => !column.glob).map((one) => [one.column.text, one])),
    patterns: all
      .filter(({ column }) => column.glob && !isAny(column))
      .toSorted((a, b) => compare(rank(a.column), rank(b.column))),
    remaining: all.find(({ column }) => isAny(column)),
  };
}

/** Whether the pattern can be of more than one table. */
export function isPattern({ schema, table }: TablePattern): boolean {
  return schema.glob || table.glob;
}

function keyOf({ schema, table }: TablePattern): string {
  return JSON.stringify([schema.text, table.text]);
}

function bySpecificity({ pattern: a }: TableEntry, { pattern: b }: TableEntry): number {
  return compare([...rank(a.table), ...rank(a.schema)], [...rank(b.table), ...rank(b.schema)]);
}

/** Lowest first: a name, then patterns by how many characters they fix; the text itself decides between equals. */
function rank({ text, glob }: NamePattern): readonly (number | string)[] {
  return [glob ? 1 : 0, -text.replaceAll('*', '').length, text];
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index] ?? '';
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
