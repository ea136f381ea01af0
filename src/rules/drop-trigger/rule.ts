import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { droppedParts } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { isHeld, triggerMade } from '../triggers.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  return droppedParts(statement, catalog, 'OBJECT_TRIGGER').flatMap(({ table, name }) => {
    const relation = catalog.relations.get(table);
    if (
      !stoodBefore(catalog, table) ||
      relation?.kind === 'view' ||
      isAbsent(statement, name, table, context)
    )
      return [];
    const isReplaced = laterStatements(statement, context).some((later) => {
      const made = triggerMade(later, context);
      return made?.table === table && made.name === name && !made.isConstraint;
    });
    if (isReplaced) return [replaced(table, name, context)];
    return isHeld(table, 'AccessExclusiveLock', context) ? [] : [dropped(table, name)];
  });
}

/** With IF EXISTS, a trigger that the catalog knows not to be there locks nothing. */
function isAbsent({ node }: Statement, name: string, table: string, { catalog }: RuleContext): boolean {
  const ifExists = 'DropStmt' in node && node.DropStmt.missing_ok === true;
  const known = catalog.relations.get(table);
  if (!ifExists || !catalog.complete) return false;
  return known === undefined || (known.triggers ?? []).every((trigger) => trigger.name !== name);
}

function replaced(table: string, name: string, { version }: RuleContext): Complaint {
  return {
    relation: table,
    part: name,
    message: `Readers and writers of ${code(table)} wait until the transaction ends, only to get ${code(name)} again.`,
    help:
      version >= 14
        ? `Write ${code('CREATE OR REPLACE TRIGGER')} for ${code(name)} and drop nothing, which lets readers go on.`
        : `Change the function that ${code(name)} calls with ${code('CREATE OR REPLACE FUNCTION')}, which locks no table.`,
  };
}

function dropped(table: string, name: string): Complaint {
  return {
    relation: table,
    part: name,
    message: `Readers and writers of ${code(table)} wait until the transaction ends, and what ${code(name)} did is not done any more.`,
    help: `Drop ${code(name)} on ${code(qualifiedText(table))} in a short transaction of its own under a short ${code('lock_timeout')}, when nothing needs it.`,
  };
}

export const rule: Rule = {
  slug: 'drop-trigger',
  section: 'triggers',
  title: 'DROP TRIGGER keeps readers out too',
  condition: 'A trigger of an existing table is dropped.',
  effect:
    'Readers and writers wait until the transaction ends, and what the trigger did is not done any more.',
  workaround: '`CREATE OR REPLACE TRIGGER` to change one; else a short transaction of its own.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
