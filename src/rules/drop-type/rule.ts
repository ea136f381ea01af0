import type { DropStmt } from '@pgsql/types';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { columnsOfType, isNewType, type TypedColumn } from '../types-in-use.ts';
import { code, listed } from '../words.ts';

const TYPES = new Set(['OBJECT_TYPE', 'OBJECT_DOMAIN']);

/** Without CASCADE the server refuses to drop a type that a column has. */
function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || !TYPES.has(node.DropStmt.removeType ?? '')) return [];
  const { behavior, objects = [] }: DropStmt = node.DropStmt;
  if (behavior !== 'DROP_CASCADE') return [];
  return objects.flatMap((object) => complaint(listedName(context.catalog, object), context));
}

function complaint(type: string, context: RuleContext): readonly Complaint[] {
  const columns = columnsOfType(context.catalog, type);
  const tables = [...new Set(columns.map(({ table }) => table))];
  if (tables.length === 0 && (context.catalog.complete || isNewType(type, context))) return [];
  return [
    {
      relation: tables.length === 1 ? tables[0] : undefined,
      part: type,
      message:
        tables.length === 0
          ? `Every column of the type ${code(type)} is dropped with it, and its data is lost.`
          : `With ${code(type)} its columns in ${listed(tables)} are dropped, and their data is lost.`,
      help: `Give those columns another type or drop them by name${example(columns)}, then drop ${code(type)} without CASCADE.`,
    },
  ];
}

function example([first]: readonly TypedColumn[]): string {
  if (first === undefined) return '';
  const { table, column } = first;
  return ` (${code(`ALTER TABLE ${qualifiedText(table)} DROP COLUMN ${identifierText(column)}`)})`;
}

export const rule: Rule = {
  slug: 'drop-type',
  section: 'types',
  title: 'DROP TYPE … CASCADE drops the columns of the type',
  condition: 'A type or domain that columns of existing tables have is dropped with `CASCADE`.',
  effect: 'The columns go with it, and their data is lost.',
  workaround: 'Change or drop the columns by name first, then drop the type without `CASCADE`.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
