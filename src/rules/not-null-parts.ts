import { effects } from '../sql/effects.ts';
import { identifierText } from '../sql/identifier.ts';
import { bareName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { type AlterCommand, alterCommands } from './alter-commands.ts';
import { alterTable, validate } from './column-advice.ts';
import { scanned } from './column-parts.ts';
import type { RuleContext } from './context.ts';
import type { TextEdit } from './rule.ts';
import { code, onExisting } from './words.ts';

/** A column that is made NOT NULL, and the tables whose rows are all read for it. */
export type NotNullPart = AlterCommand & { readonly column: string; readonly tables: readonly string[] };

/** `SET NOT NULL`, or its constraint form of Postgres 18 without NOT VALID, where rows are read. */
export function notNullParts(statement: Statement, context: RuleContext): readonly NotNullPart[] {
  return alterCommands(statement, context.catalog).flatMap((part) => {
    const column = notNullColumn(part);
    if (column === undefined) return [];
    const found = effects(part.alone, part.schema, context.version);
    const tables = scanned(onExisting(found, context.catalog));
    return tables.length === 0 ? [] : [{ ...part, column, tables }];
  });
}

function notNullColumn({ command }: AlterCommand): string | undefined {
  if (command.subtype === 'AT_SetNotNull') return command.name;
  const { def } = command;
  if (command.subtype !== 'AT_AddConstraint' || !def || !('Constraint' in def)) return undefined;
  const { contype, skip_validation: unchecked, keys } = def.Constraint;
  if (contype !== 'CONSTR_NOTNULL' || unchecked) return undefined;
  const [key] = keys ?? [];
  return key && 'String' in key ? key.String.sval : undefined;
}

/** The constraint that proves it: NOT NULL itself from Postgres 18 on, where it can be NOT VALID (release notes of 18, E.1), else a CHECK. */
export function proof(table: string, column: string, { version }: RuleContext) {
  const name = proofName(table, column);
  const quoted = identifierText(column);
  const condition = version >= 18 ? `NOT NULL ${quoted}` : `CHECK (${quoted} IS NOT NULL)`;
  const add = `${alterTable(table)} ADD CONSTRAINT ${identifierText(name)} ${condition} NOT VALID`;
  return { name, add: code(add), validate: validate(table, name) };
}

/** As Postgres names it. */
function proofName(table: string, column: string): string {
  return `${bareName(table)}_${column}_not_null`;
}

/** The last steps of a proof by CHECK; the NOT NULL of Postgres 18 needs none. */
export function afterProof(table: string, column: string, name: string): string {
  const set = code(`${alterTable(table)} ALTER COLUMN ${identifierText(column)} SET NOT NULL`);
  return `${set} and ${code(`${alterTable(table)} DROP CONSTRAINT ${identifierText(name)}`)}`;
}

/** From Postgres 18 on the whole statement has a form that reads no row. */
export function notValidFix(
  statement: Statement,
  part: NotNullPart,
  context: RuleContext,
): readonly TextEdit[] {
  const { startByte, endByte } = statement.place;
  if (context.version < 18 || alterCommands(statement, context.catalog).length > 1) return [];
  if (part.command.subtype === 'AT_AddConstraint')
    return [{ startByte: endByte, endByte, text: ' NOT VALID' }];
  const found = /\salter\s+(?:column\s+)?(?:\w+|"(?:[^"]|"")+")\s+set\s+not\s+null$/i.exec(statement.sql);
  if (found === null) return [];
  const at = startByte + Buffer.byteLength(statement.sql.slice(0, found.index));
  const text = ` ADD CONSTRAINT ${identifierText(proofName(part.table, part.column))} NOT NULL ${identifierText(part.column)} NOT VALID`;
  return [{ startByte: at, endByte, text }];
}
