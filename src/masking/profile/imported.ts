import type { TableName } from './names.ts';
import type { ColumnRule } from './profile.ts';
import { columnText, tableText } from './strategy-text.ts';
import { type DraftColumn, type DraftTable, type ProfileDraft, profileText } from './write.ts';

/** A profile made of another tool's rules, and all of them that it does not say, or says otherwise. */
export type Imported = {
  /** Text of the profile. */
  readonly text: string;
  /** Sentences for people, in the order of the rules. */
  readonly remarks: readonly string[];
};

/** A rule of another tool, read. */
export type ImportedRule = { readonly rule: ColumnRule; readonly remark?: string };

type Gathered = TableName & { columns: Map<string, DraftColumn>; subset?: string; sample?: number };

/** Gathers rules by table, and what could not be taken over. */
export function importing(from: string) {
  const tables = new Map<string, Gathered>();
  const links: ProfileDraft['links'][number][] = [];
  const remarks: string[] = [];
  const tableOf = (name: TableName) => {
    const key = JSON.stringify([name.schema, name.table]);
    const found: Gathered = tables.get(key) ?? { schema: name.schema, table: name.table, columns: new Map() };
    tables.set(key, found);
    return found;
  };
  return {
    remark: (text: string): void => void remarks.push(text),
    subset: (name: TableName, condition: string): void => {
      const table = tableOf(name);
      table.subset = table.subset === undefined ? condition : `(${table.subset}) and (${condition})`;
    },
    sample: (name: TableName, share: number): void => {
      tableOf(name).sample = share;
    },
    link: (link: string, when?: string): void => void links.push({ link, when }),
    column: (name: TableName, column: string, { rule, remark }: ImportedRule): void => {
      const place = `${tableText(name)}.${columnText(column)}`;
      const { columns } = tableOf(name);
      if (columns.has(column)) remarks.push(`${place} has several rules; only the last is taken over.`);
      columns.set(column, { column, rule, comment: remark });
      if (remark !== undefined) remarks.push(`${place}: ${remark}.`);
    },
    done: (): Imported => {
      const drafts: DraftTable[] = [...tables.values()].map((table) => ({
        ...table,
        columns: [...table.columns.values()],
      }));
      const head = [
        `Taken over from ${from}.`,
        ...(remarks.length > 0 ? ['What it says otherwise:', ...remarks] : []),
      ];
      return { text: profileText({ head, unknown: 'fail', tables: drafts, links }), remarks };
    },
  };
}
