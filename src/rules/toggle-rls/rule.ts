import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { earlierInTransaction } from '../earlier.ts';
import { earlierStatements, laterInTransaction } from '../neighbours.ts';
import { hasSubcommand, policyMade } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table }) => {
    if (!stoodBefore(context.catalog, table)) return [];
    const speak = SWITCHES[command.subtype ?? ''];
    return speak?.(table, statement, context) ?? [];
  });
}

type Speak = (table: string, statement: Statement, context: RuleContext) => readonly Complaint[];

const SWITCHES: Readonly<Record<string, Speak>> = {
  AT_EnableRowSecurity: (table, statement, context) =>
    hasPolicy(table, statement, context) || wasDisabledHere(table, statement, context)
      ? []
      : [hidden(table, 'everybody but its owner')],
  AT_ForceRowSecurity: (table, statement, context) => {
    const isEnabledHere = hasSubcommand(statement, context.catalog, table, 'AT_EnableRowSecurity');
    // One finding for a statement that does both.
    return isEnabledHere || hasPolicy(table, statement, context) ? [] : [hidden(table, 'its owner too')];
  },
  AT_DisableRowSecurity: (table, statement, context) => {
    const isBack = laterInTransaction(statement, context).some((later) =>
      hasSubcommand(later, context.catalog, table, 'AT_EnableRowSecurity'),
    );
    return isBack ? [] : [exposed(table)];
  },
};

/** One that stands, that the file made before, or that the same transaction makes: nobody sees the state in between. */
function hasPolicy(table: string, statement: Statement, context: RuleContext): boolean {
  const { catalog } = context;
  if ((catalog.relations.get(table)?.policies ?? []).length > 0) return true;
  const around = [...earlierStatements(statement, context), ...laterInTransaction(statement, context)];
  return around.some((other) => policyMade(other, catalog)?.table === table);
}

/** For the work of this transaction only: what it is enabled to stood before. */
function wasDisabledHere(table: string, statement: Statement, context: RuleContext): boolean {
  return earlierInTransaction(statement, context).some((other) =>
    hasSubcommand(other, context.catalog, table, 'AT_DisableRowSecurity'),
  );
}

function hidden(table: string, whom: string): Complaint {
  const policy = `CREATE POLICY ${identifierText(`${bareName(table)}_all`)} ON ${qualifiedText(table)} USING (true)`;
  return {
    relation: table,
    message: `Without a policy, ${code(table)} is empty for ${whom} from here on, and every ${code('INSERT')} of theirs is refused.`,
    help: `Make the policies first; ${code(policy)} keeps everything visible until narrower ones stand.`,
  };
}

function exposed(table: string): Complaint {
  return {
    relation: table,
    message: `From here on every role that may read ${code(table)} sees all of its rows.`,
    help: `Leave row security on, and change the policies of ${code(qualifiedText(table))} instead, the new ones before the old ones go.`,
  };
}

export const rule: Rule = {
  slug: 'toggle-rls',
  section: 'triggers',
  title: 'Switching row security hides all rows, or shows them to all',
  condition: 'Row security is enabled or forced on an existing table without any policy, or disabled.',
  effect:
    'Without a policy everybody but the owner sees an empty table; disabled, every role sees every row.',
  workaround: 'Make the policies first, then enable it, in one transaction.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
