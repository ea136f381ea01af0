import { identifierText } from '../../sql/identifier.ts';
import { schemaOf, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { inWords } from '../cascade.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isNewSchema } from '../schemas.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_SCHEMA') return [];
  const { objects, behavior } = node.DropStmt;
  return strings(objects).flatMap((schema) => {
    if (isNewSchema(statement, context, schema)) return [];
    const inside = contents(schema, context);
    if (behavior === 'DROP_CASCADE')
      return inside.length === 0 && context.catalog.complete ? [] : [taken(schema, inside)];
    return inside.length === 0 ? [] : [refused(schema, inside)];
  });
}

function contents(schema: string, { catalog }: RuleContext): readonly string[] {
  const relations = [...catalog.relations.values()].filter(({ kind }) => kind !== 'index');
  const names = [
    ...relations.map(({ kind, name }) => [name, `the ${kind} ${code(name)}`] as const),
    ...[...catalog.types.keys()].map((name) => [name, `the type ${code(name)}`] as const),
    ...[...catalog.functions.keys()].map((name) => [name, `the function ${code(name)}`] as const),
  ];
  return names.filter(([name]) => schemaOf(name) === schema).map(([, phrase]) => phrase);
}

function taken(schema: string, inside: readonly string[]): Complaint {
  const what = inside.length === 0 ? 'everything in it' : inWords(inside);
  return {
    relation: undefined,
    part: schema,
    message: `With the schema ${code(schema)} goes ${what}, all data included, and running code that names any of it fails.`,
    help: `Drop what it holds by name once no running code uses it, then write ${code(`DROP SCHEMA ${identifierText(schema)}`)} without ${code('CASCADE')}.`,
  };
}

function refused(schema: string, inside: readonly string[]): Complaint {
  return {
    relation: undefined,
    part: schema,
    message: `The server refuses to drop the schema ${code(schema)}, which still holds ${inWords(inside)}.`,
    help: 'Drop what it holds by name first, once no running code uses it.',
  };
}

export const rule: Rule = {
  slug: 'drop-schema',
  section: 'tables',
  title: 'Dropping a schema drops everything in it',
  condition:
    '`DROP SCHEMA … CASCADE` of a schema that is not known to be empty, or a plain one of a schema that is not.',
  effect: 'All tables in it are gone with their data, and code that names them fails.',
  workaround: 'Drop what it holds by name, each when no code uses it, then the empty schema.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
