import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone, schema }) => {
    if (command.subtype !== 'AT_SetAccessMethod') return [];
    const found = onExisting(effects(alone, schema, context.version), context.catalog);
    if (!found.some(({ rewrite }) => rewrite)) return [];
    return [complaint(table, command.name ?? 'heap')];
  });
}

function complaint(table: string, method: string): Complaint {
  const copy = `CREATE TABLE ${qualifiedText(`${table}_copy`)} (LIKE ${qualifiedText(table)} INCLUDING ALL) USING ${identifierText(method)}`;
  return {
    relation: table,
    part: method,
    message: `While all of ${code(table)} is written anew for the access method ${code(method)}, nobody can read or write it.`,
    help: `Write ${code(copy)}, copy the rows in batches while a trigger keeps both in step, and swap the names.`,
  };
}

export const rule: Rule = {
  slug: 'set-access-method',
  section: 'tables',
  title: 'SET ACCESS METHOD writes the whole table anew',
  condition: 'An existing table gets another access method.',
  effect: 'Nobody can read or write it until all of it, with every index, is written anew.',
  workaround: 'Copy its rows in batches to a new table that uses the method, and swap the names.',
  severity: 'error',
  since: 15,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
