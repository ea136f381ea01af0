import type { DropStmt } from '@pgsql/types';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { listedName, resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { goesWithFunction, goesWithRelation, inWords } from '../cascade.ts';
import { laterInTransaction } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { droppedRelations, givesName } from '../standing.ts';
import { code, listed } from '../words.ts';
import { droppedKeys } from './dropped-keys.ts';

/** Schemas, types, domains and extensions have rules of their own. */
const RELATIONS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'TABLE',
  OBJECT_FOREIGN_TABLE: 'FOREIGN TABLE',
  OBJECT_VIEW: 'VIEW',
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_SEQUENCE: 'SEQUENCE',
};
const FUNCTIONS: Readonly<Record<string, string>> = {
  OBJECT_FUNCTION: 'FUNCTION',
  OBJECT_PROCEDURE: 'PROCEDURE',
  OBJECT_ROUTINE: 'ROUTINE',
};

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if ('AlterTableStmt' in node) return keys(statement, context);
  if (!('DropStmt' in node) || node.DropStmt.behavior !== 'DROP_CASCADE') return [];
  const remade = (name: string): boolean =>
    laterInTransaction(statement, context).some((later) => givesName(later, context.catalog, name));
  const type = node.DropStmt.removeType ?? '';
  if (type in RELATIONS) return relations(node.DropStmt, `DROP ${RELATIONS[type]}`, context, remade);
  return type in FUNCTIONS ? functions(node.DropStmt, `DROP ${FUNCTIONS[type]}`, context) : [];
}

function keys(statement: Statement, context: RuleContext): readonly Complaint[] {
  return droppedKeys(statement, context).map(({ table, name, more }) => {
    const drop = `ALTER TABLE ${qualifiedText(table)} DROP CONSTRAINT ${identifierText(name)}`;
    return { ...complaint(table, more, drop, ''), part: name };
  });
}

/** A view that the same transaction makes again is missed by nobody. */
function relations(
  node: DropStmt,
  drop: string,
  { catalog }: RuleContext,
  isRemade: (name: string) => boolean,
): readonly Complaint[] {
  const all = (node.objects ?? []).map((object) => listedName(catalog, object));
  return droppedRelations(node, catalog).flatMap((name) => {
    const more = goesWithRelation(catalog, name, (other) => all.includes(other) || isRemade(other));
    if (more.length === 0 && catalog.complete) return [];
    const lost = drop === 'DROP TABLE' ? `, and the data of ${code(name)} is lost` : '';
    return [complaint(name, more, `${drop} ${qualifiedText(name)}`, lost)];
  });
}

/** One finding, however many functions the statement drops. */
function functions(node: DropStmt, drop: string, { catalog }: RuleContext): readonly Complaint[] {
  const names = (node.objects ?? [])
    .flatMap((object) =>
      'ObjectWithArgs' in object ? [resolve(catalog, strings(object.ObjectWithArgs.objname))] : [],
    )
    .filter((name) => !node.missing_ok || !catalog.complete || catalog.functions.has(name));
  const [first] = names;
  const more = names.flatMap((name) => goesWithFunction(catalog, name));
  if (first === undefined || (more.length === 0 && catalog.complete)) return [];
  // A trigger's function can be called by nothing else.
  const onlyTriggers = more.length > 0 && more.every((phrase) => phrase.startsWith('the trigger'));
  const calls = onlyTriggers ? '' : `, and calls of ${listed(names)} by running code fail`;
  return [complaint(first, more, `${drop} ${names.map(qualifiedText).join(', ')}`, calls)];
}

function complaint(name: string, more: readonly string[], drop: string, lost: string): Complaint {
  const what = more.length === 0 ? `whatever depends on ${code(name)}` : inWords(more);
  return {
    relation: name,
    message: `${code('CASCADE')} also drops ${what}${lost}.`,
    help: `Drop by name what is to go, then write ${code(drop)} without ${code('CASCADE')}, which the server refuses as long as anything else depends on it.`,
  };
}

export const rule: Rule = {
  slug: 'drop-cascade',
  section: 'tables',
  title: 'DROP … CASCADE drops more than it names',
  condition: 'A `DROP … CASCADE` of a relation, function or key on which other things depend, or may depend.',
  effect: 'Views, foreign keys, triggers and defaults of other tables go too, and their tables are locked.',
  workaround: 'Drop each thing by its name, and leave `CASCADE` away.',
  severity: 'warning',
  over: ['drop-table', 'drop-table-locks-parents', 'replace-or-drop-view', 'function-signature-change'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt', 'AlterTableStmt'],
  check,
};
