import { isNotEnforced } from '../../sql/constraints.ts';
import { isProvenNotNull } from '../../sql/effects/alter-column.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { buildsIndex } from '../key-building.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

type Tightened = { readonly table: string; readonly part: string | undefined; readonly what: string };

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return [
    ...byConstraint(statement, context),
    ...byColumn(statement, context),
    ...byIndex(statement, context),
  ]
    .filter(({ table }) => context.catalog.relations.get(table)?.isNew !== true)
    .map(({ table, part, what }) => ({
      relation: table,
      part,
      message: `From this statement on, writes of the application that still runs fail when they break ${what} of ${code(table)}, whether old rows are checked or not.`,
      help: `Deploy code that keeps to ${what} first, then add it.`,
    }));
}

/** A constraint that takes over a unique index refuses nothing more than that. */
function byConstraint(statement: Statement, { catalog }: RuleContext): readonly Tightened[] {
  return addedConstraints(statement, catalog)
    .filter(({ node }) => !node.indexname && !isNotEnforced(node))
    .map(({ table, constraint }) => ({ table, part: constraint.name, what: code(constraint.name) }));
}

function byColumn(statement: Statement, { catalog, version }: RuleContext): readonly Tightened[] {
  return alterCommands(statement, catalog).flatMap(({ command: { subtype, name = '' }, table, schema }) =>
    subtype === 'AT_SetNotNull' && !isProvenNotNull({ catalog: schema, version }, table, name)
      ? [{ table, part: name, what: `${code('NOT NULL')} on ${code(name)}` }]
      : [],
  );
}

function byIndex({ node }: Statement, { catalog, effects }: RuleContext): readonly Tightened[] {
  if (!('IndexStmt' in node) || !node.IndexStmt.unique || !buildsIndex(effects)) return [];
  const { idxname, relation } = node.IndexStmt;
  const what = idxname ? code(idxname) : 'the unique index';
  return [{ table: relationName(catalog, relation), part: idxname, what }];
}

export const rule: Rule = {
  slug: 'constraint-tightens-live-writes',
  section: 'constraints',
  title: 'A new constraint refuses what the running application still writes',
  condition: 'A constraint, `NOT NULL` or unique index is added to an existing table, be it `NOT VALID`.',
  effect: 'Writes of the version that still runs fail when they break it.',
  workaround: 'Deploy code that keeps to it first.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
