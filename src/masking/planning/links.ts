import { checkExpression } from '../expression.ts';
import { canonical } from '../profile/canonical.ts';
import type { MaskingProfile, ProfileLink } from '../profile/profile.ts';
import { tableText } from '../profile/strategy-text.ts';
import type { SourceForeignKey, SourceTable } from '../source.ts';
import { tableKey } from '../source.ts';
import { type Columns, placeText } from './column-id.ts';
import type { Decide } from './decide.ts';
import { type Report, reportMissing } from './missing.ts';

/** Foreign keys of the profile, by tableKey of the table that refers. */
export type Links = ReadonlyMap<string, readonly SourceForeignKey[]>;

/** Reads the profile's links as foreign keys; those that name what is missing are told and left out. */
export function readLinks(
  profile: MaskingProfile,
  columns: Columns,
  tables: readonly string[],
  report: Report,
): Links {
  const found = new Map<string, SourceForeignKey[]>();
  for (const link of profile.links) {
    const from = existing(link.from, columns, tables, report);
    const to = existing(link.to, columns, tables, report);
    if (!from || !to) continue;
    const when = link.when === undefined ? undefined : checkedCondition(link, from, report);
    if (link.when !== undefined && when === undefined) continue;
    const key = tableKey(from.schema, from.name);
    found.set(key, [...(found.get(key) ?? []), foreignKey(link, to, when)]);
  }
  return found;
}

function foreignKey(link: ProfileLink, to: SourceTable, when: string | undefined): SourceForeignKey {
  return {
    name: linkText(link),
    columns: link.from.columns,
    references: tableKey(to.schema, to.name),
    referencedColumns: link.to.columns,
    validated: false,
    declared: false,
    ...(when === undefined ? {} : { when }),
  };
}

function existing(
  end: ProfileLink['from'],
  columns: Columns,
  tables: readonly string[],
  report: Report,
): SourceTable | undefined {
  const table = columns.table(end.schema, end.table);
  if (table === undefined) {
    reportMissing(report, tableText(end), 'table', tableText(end), tables);
    return undefined;
  }
  const missing = end.columns.filter((name) => columns.column(table, name) === undefined);
  for (const name of missing) {
    const known = table.columns.map((column) => column.name);
    reportMissing(report, `${tableText(end)}.${name}`, 'column', name, known);
  }
  return missing.length === 0 ? table : undefined;
}

function checkedCondition(link: ProfileLink, table: SourceTable, report: Report): string | undefined {
  return checkCondition(link.when ?? '', table, `links: ${linkText(link)}`, report);
}

/** A link that holds for some rows only cannot give each row the mask of what it leads to, but when all have one. */
export function reportConditionalLinks(links: Links, columns: Columns, decide: Decide, report: Report): void {
  for (const [key, all] of links) {
    const table = columns.byKey(key);
    for (const link of all.filter(({ when }) => when !== undefined)) {
      const target = columns.byKey(link.references);
      for (const [index, name] of link.columns.entries()) {
        const from = table && columns.column(table, name);
        const to = target && columns.column(target, link.referencedColumns[index] ?? '');
        if (!from || !to) continue;
        const [own, other] = [decide(from).decision, decide(to).decision];
        if (other.kind !== 'masked' || own.kind === 'unknown' || canonical(own) === canonical(other))
          continue;
        report.problem(
          placeText(from),
          `some of its rows lead to ${placeText(to)}, which is masked in another way`,
          `Leave ${placeText(to)} clear, or give both the same strategy and link them without a condition.`,
        );
      }
    }
  }
}

/** An SQL condition over a table's row, printed back safe; tells of one that is not allowed. `clock`: it may ask for the time. */
export function checkCondition(
  text: string,
  table: SourceTable,
  where: string,
  report: Report,
  clock = false,
): string | undefined {
  try {
    return checkExpression(text, { columns: table.columns.map(({ name }) => name), clock }).sql;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'UserError') throw error;
    report.problem(where, error.message, 'Change the condition in the profile.');
    return undefined;
  }
}

function linkText({ from, to }: ProfileLink): string {
  const end = (one: ProfileLink['from']): string =>
    `${tableText(one)}.${one.columns.length === 1 ? one.columns[0] : `(${one.columns.join(', ')})`}`;
  return `${end(from)} -> ${end(to)}`;
}
