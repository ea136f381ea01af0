import { applyStatement } from '../../sql/apply.ts';
import type { Catalog, Column, Relation } from '../../sql/catalog.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { inWords } from '../cascade.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('CreateStmt' in node) || !node.CreateStmt.if_not_exists) return [];
  const name = newName(catalog, node.CreateStmt.relation);
  const standing = catalog.relations.get(name);
  const meant = standing && shapeMeant(statement, name, catalog);
  if (standing === undefined || meant === undefined) return [];
  const drift = standing.kind === meant.kind ? differences(meant, standing) : OTHER_KIND;
  return drift === undefined ? [] : [complaint(standing, drift)];
}

/** The table as the statement would make it; undefined when its columns are not all written in it. */
function shapeMeant(statement: Statement, name: string, catalog: Catalog): Relation | undefined {
  if (!('CreateStmt' in statement.node)) return undefined;
  const node = statement.node.CreateStmt;
  const isTied = (node.tableElts ?? []).some((element) => 'TableLikeClause' in element);
  if (isTied || node.inhRelations || node.ofTypename) return undefined;
  const relations = new Map(catalog.relations);
  relations.delete(name);
  const plain: Statement = { ...statement, node: { CreateStmt: { ...node, if_not_exists: false } } };
  return applyStatement({ ...catalog, relations }, plain).relations.get(name);
}

type Drift = { readonly phrases: readonly string[]; readonly missing: readonly Column[] };
const OTHER_KIND: Drift = { phrases: ['it is of another kind'], missing: [] };

function differences(meant: Relation, standing: Relation): Drift | undefined {
  const there = new Map(standing.columns.map((column) => [column.name, column]));
  const wanted = new Set(meant.columns.map(({ name }) => name));
  const missing = meant.columns.filter(({ name }) => !there.has(name));
  const other = meant.columns.flatMap(({ name, type }) => {
    const found = there.get(name);
    if (found === undefined || bareType(found.type) === bareType(type)) return [];
    return [`${code(name)} is of type ${code(found.type)}, not ${code(type)}`];
  });
  const more = standing.columns.filter(({ name }) => !wanted.has(name));
  const phrases = [
    ...missing.map(({ name }) => `${code(name)} is missing`),
    ...other,
    ...more.map(({ name }) => `it also has ${code(name)}`),
  ];
  return phrases.length === 0 ? undefined : { phrases, missing };
}

/** A type of an extension is qualified in a live database's schema only, and `"char"` is quoted there. The fields of an interval are left aside. */
function bareType(type: string): string {
  return type
    .replace(/^[^.(]+\./, '')
    .replace(/^"char"/, 'char')
    .replace(/^interval .*/, 'interval');
}

function complaint({ name, kind }: Relation, { phrases, missing }: Drift): Complaint {
  const [column] = missing;
  const add =
    column === undefined || kind !== 'table'
      ? `Leave ${code('IF NOT EXISTS')} away, so that the migration stops instead of going on with another table`
      : `Write what is missing as a change, such as ${code(`ALTER TABLE ${qualifiedText(name)} ADD COLUMN ${identifierText(column.name)} ${column.type}`)}`;
  return {
    relation: name,
    message: `The statement does nothing, since there is a ${kind} ${code(name)} already, and what follows meets other columns: ${inWords(phrases)}.`,
    help: `${add}.`,
  };
}

export const rule: Rule = {
  slug: 'create-table-if-not-exists-drift',
  section: 'tables',
  title: 'CREATE TABLE IF NOT EXISTS does nothing to a table of another shape',
  condition: '`CREATE TABLE IF NOT EXISTS` of a table that stands with other columns.',
  effect: 'The server skips it with a notice; what follows, and the application, meet the old columns.',
  workaround: 'Write the difference as `ALTER TABLE`, or leave `IF NOT EXISTS` away.',
  severity: 'warning',
  since: 13,
  claim: { warns: '42P07' },
  kinds: ['CreateStmt'],
  check,
};
