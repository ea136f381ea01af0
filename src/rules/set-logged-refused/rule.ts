import type { Catalog, Relation } from '../../sql/catalog.ts';
import { foreignKeysOf, foreignKeysTo } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** A foreign key that would go from a logged table to an unlogged one. */
type Hindrance = { readonly owner: string; readonly key: string; readonly other: string };

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command: { subtype }, table }) => {
    if (subtype !== 'AT_SetLogged' && subtype !== 'AT_SetUnLogged') return [];
    const relation = catalog.relations.get(table);
    const toLogged = subtype === 'AT_SetLogged';
    if (relation === undefined || (relation.unlogged === true) !== toLogged) return [];
    const found = toLogged ? toUnlogged(catalog, relation) : fromLogged(catalog, table);
    return found.length === 0 ? [] : [complaint(table, toLogged, found)];
  });
}

/** ATPrepChangePersistence in tablecmds.c looks at these before any subcommand has run; keys to itself do not count. */
function toUnlogged(catalog: Catalog, relation: Relation): readonly Hindrance[] {
  return foreignKeysOf(relation).flatMap(({ name, references: other = '' }) =>
    other !== relation.name && catalog.relations.get(other)?.unlogged === true
      ? [{ owner: relation.name, key: name, other }]
      : [],
  );
}

function fromLogged(catalog: Catalog, table: string): readonly Hindrance[] {
  return foreignKeysTo(catalog, table).flatMap(({ table: { name, unlogged }, constraint }) =>
    name !== table && unlogged !== true ? [{ owner: name, key: constraint.name, other: name }] : [],
  );
}

function complaint(table: string, toLogged: boolean, found: readonly Hindrance[]): Complaint {
  const others = [...new Set(found.map(({ other }) => code(other)))].join(', ');
  const drops = found.map(({ owner, key }) =>
    code(`ALTER TABLE ${qualifiedText(owner)} DROP CONSTRAINT ${identifierText(key)}`),
  );
  const why = toLogged ? `it refers to the unlogged ${others}` : `the logged ${others} refers to it`;
  return {
    relation: table,
    message: `The server refuses to make ${code(table)} ${toLogged ? 'a logged' : 'an unlogged'} table, since ${why} by a foreign key, and the migration fails here.`,
    help: toLogged
      ? `Make ${others} logged first, or write ${drops.join(', then ')} before it.`
      : `Leave ${code(table)} logged, or write ${drops.join(', then ')} before it.`,
  };
}

export const rule: Rule = {
  slug: 'set-logged-refused',
  section: 'tables',
  title: 'A logged table cannot refer to an unlogged one',
  condition:
    '`SET UNLOGGED` of a table that a logged one refers to, or `SET LOGGED` of one that refers to an unlogged one.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Change the tables in order, or drop the foreign key first.',
  severity: 'error',
  over: ['set-logged-unlogged'],
  since: 13,
  claim: { fails: '42P16' },
  kinds: ['AlterTableStmt'],
  check,
};
