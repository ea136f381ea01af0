import { effects } from '../../sql/effects.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone, schema }) => {
    if (command.subtype !== 'AT_SetLogged' && command.subtype !== 'AT_SetUnLogged') return [];
    const found = onExisting(effects(alone, schema, context.version), context.catalog);
    if (!found.some(({ rewrite }) => rewrite)) return [];
    return [complaint(table, command.subtype === 'AT_SetLogged')];
  });
}

function complaint(table: string, logged: boolean): Complaint {
  const lost = logged ? '' : ', and from then on a crash of the server empties it';
  const copy = `CREATE ${logged ? '' : 'UNLOGGED '}TABLE ${qualifiedText(`${table}_copy`)} (LIKE ${qualifiedText(table)} INCLUDING ALL)`;
  return {
    relation: table,
    message: `While all of ${code(table)} is written anew as ${logged ? 'a logged' : 'an unlogged'} table, nobody can read or write it${lost}.`,
    help: `Write ${code(copy)}, copy the rows in batches while a trigger keeps both in step, and swap the names.`,
  };
}

export const rule: Rule = {
  slug: 'set-logged-unlogged',
  section: 'tables',
  title: 'SET LOGGED and SET UNLOGGED write the whole table anew',
  condition: 'An existing table becomes logged or unlogged.',
  effect: 'Nobody can read or write it until all of it, with every index, is written anew.',
  workaround: 'Copy its rows in batches to a new table, and swap the names.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
