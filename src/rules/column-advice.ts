import type { Node } from '@pgsql/types';
import { expressionText } from '../sql/expression.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import { splitType } from '../sql/types.ts';
import { code, isOrAre, listed } from './words.ts';

/** The start of every step: `ALTER TABLE public.orders`. */
export function alterTable(table: string): string {
  return `ALTER TABLE ${qualifiedText(table)}`;
}

export function addPlain(table: string, column: string, type: string): string {
  return code(`${alterTable(table)} ADD COLUMN ${identifierText(column)} ${typeSql(type)}`);
}

/** "set its default with `ALTER TABLE … SET DEFAULT …`", as far as the default can be printed. */
export function setDefault(table: string, column: string, value: Node | undefined): string {
  const text = expressionText(value);
  if (text === undefined) return 'set its default in a second statement';
  return `set its default with ${code(`${alterTable(table)} ALTER COLUMN ${identifierText(column)} SET DEFAULT ${text}`)}`;
}

/** Adds a constraint that the rows which are there need not meet yet, and then checks them. */
export function notValidThenValidate(table: string, name: string, definition: string): string {
  const add = `${alterTable(table)} ADD CONSTRAINT ${identifierText(name)} ${definition} NOT VALID`;
  return `${code(add)}, then ${validate(table, name)} in a transaction of its own`;
}

export function validate(table: string, constraint: string): string {
  return code(`${alterTable(table)} VALIDATE CONSTRAINT ${identifierText(constraint)}`);
}

/** A type of the catalog as SQL writes it: the names of a team's own types may need quotes. */
export function typeSql(type: string): string {
  const { base, array } = splitType(type);
  const isPlain = /^[a-z_][a-z0-9_ ]*$/.test(base);
  if (isPlain) return type;
  const modifiers = /\([\d,-]+\)/.exec(type)?.[0] ?? '';
  return `${qualifiedText(base)}${modifiers}${array ? '[]' : ''}`;
}

/** "`a` and `b` are rewritten while nobody can read or write them". */
export function rewrittenWhile(tables: readonly string[]): string {
  return `${listed(tables)} ${isOrAre(tables)} rewritten while nobody can read or write ${them(tables)}`;
}

export function them(tables: readonly string[]): 'it' | 'them' {
  return tables.length === 1 ? 'it' : 'them';
}
