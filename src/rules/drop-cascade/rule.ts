import type { DropStmt } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { listedName, resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { goesWithFunction, goesWithRelation, inWords } from '../cascade.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { droppedRelations, stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

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
  if (!('DropStmt' in node)) return columns(statement, context);
  if (node.DropStmt.behavior !== 'DROP_CASCADE') return [];
  const type = node.DropStmt.removeType ?? '';
  if (type in RELATIONS) return relations(node.DropStmt, `DROP ${RELATIONS[type]}`, context);
  return type in FUNCTIONS ? functions(node.DropStmt, `DROP ${FUNCTIONS[type]}`, context) : [];
}

function relations(node: DropStmt, drop: string, { catalog }: RuleContext): readonly Complaint[] {
  const all = (node.objects ?? []).map((object) => listedName(catalog, object));
  return droppedRelations(node, catalog).flatMap((name) => {
    const more = goesWithRelation(catalog, name, all);
    if (more.length === 0 && catalog.complete) return [];
    const lost = drop === 'DROP TABLE' ? `, and the data of ${code(name)} is lost` : '';
    return [complaint(name, more, `${drop} ${qualifiedText(name)}`, lost)];
  });
}

function functions(node: DropStmt, drop: string, { catalog }: RuleContext): readonly Complaint[] {
  const names = (node.objects ?? []).flatMap((object) =>
    'ObjectWithArgs' in object ? [resolve(catalog, strings(object.ObjectWithArgs.objname))] : [],
  );
  const isAbsent = (name: string): boolean =>
    node.missing_ok === true && catalog.complete && !catalog.functions.has(name);
  return names
    .filter((name) => !isAbsent(name))
    .map((name) => complaint(name, goesWithFunction(catalog, name), `${drop} ${qualifiedText(name)}`, ''));
}

/** DROP COLUMN … CASCADE takes the views that read the column; which views of the table do is not known. */
function columns(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command, table }) => {
    if (command.subtype !== 'AT_DropColumn' || command.behavior !== 'DROP_CASCADE') return [];
    if (!stoodBefore(catalog, table)) return [];
    const column = command.name ?? '';
    const key = catalog.relations.get(table)?.constraints.some((found) => found.columns.includes(column));
    const more = goesWithRelation(catalog, table, []).filter(
      (phrase) => key || !phrase.startsWith('the foreign key'),
    );
    if (more.length === 0 && catalog.complete) return [];
    const may = more.length === 0 ? '' : `, which may be ${inWords(more)}`;
    return [
      {
        relation: table,
        part: column,
        message: `${code('CASCADE')} also drops whatever needs ${code(column)} of ${code(table)}${may}, and the column’s data is lost.`,
        help: `Drop what needs ${code(column)} by name first, then the column without ${code('CASCADE')}, which the server refuses as long as anything still does.`,
      },
    ];
  });
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
  condition:
    'A `DROP … CASCADE` of a relation, function or column on which other things depend, or may depend.',
  effect: 'Views, foreign keys, triggers and defaults of other tables go too, and their tables are locked.',
  workaround: 'Drop each thing by its name, and leave `CASCADE` away.',
  severity: 'warning',
  over: ['drop-table', 'drop-column', 'replace-or-drop-view'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
