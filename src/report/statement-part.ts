import type { JudgedStatement } from '../rules/context.ts';
import type { Finding } from '../rules/rule.ts';

/** A part of a text, in UTF-16 units, end exclusive. */
export type Span = { readonly start: number; readonly end: number };

/**
 * The subcommand of an ALTER TABLE that a finding is about, when the statement has several and just one of them names
 * what the message names, or holds the place that the fix edits. Otherwise the whole statement.
 */
export function partOf({ statement }: Pick<JudgedStatement, 'statement'>, finding: Finding): Span {
  const whole = { start: 0, end: statement.sql.length };
  const commands = commandSpans(statement);
  if (commands.length < 2) return whole;
  return editedBy(finding, statement, commands) ?? namedBy(finding, statement.sql, commands) ?? whole;
}

function commandSpans({ sql, node }: JudgedStatement['statement']): readonly Span[] {
  const count = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds?.length ?? 0) : 0;
  if (count < 2 || sql.length > 100_000) return [];
  const commas = topLevelCommas(sql);
  if (commas.length !== count - 1) return [];
  return [-1, ...commas].map((comma, index) => trimmed(sql, comma + 1, commas[index] ?? sql.length));
}

function trimmed(sql: string, start: number, end: number): Span {
  const text = sql.slice(start, end);
  return { start: start + text.length - text.trimStart().length, end: start + text.trimEnd().length };
}

/** Strings, quoted names, dollar quotes, comments; brackets; commas. */
const TOKENS = /'(?:[^']|'')*'|"[^"]*"|(\$\w*\$)[\s\S]*?\1|--[^\n\r]*|\/\*[\s\S]*?\*\/|[([{]|[)\]}]|,/g;

function topLevelCommas(sql: string): readonly number[] {
  let depth = 0;
  const commas: number[] = [];
  for (const { 0: token, index } of sql.matchAll(TOKENS)) {
    if ('([{'.includes(token)) depth += 1;
    else if (')]}'.includes(token)) depth -= 1;
    else if (token === ',' && depth === 0) commas.push(index);
  }
  return commas;
}

function editedBy({ fix }: Finding, statement: JudgedStatement['statement'], commands: readonly Span[]) {
  const [edit] = fix;
  if (edit === undefined || !/^[\x20-\x7e\s]*$/.test(statement.sql)) return undefined;
  const at = edit.startByte - statement.place.startByte;
  return commands.find(({ start, end }) => start < at && at <= end);
}

function namedBy({ message, relation }: Finding, sql: string, commands: readonly Span[]) {
  const names = [...message.matchAll(/`([^`]+)`/g)].flatMap(([, name]) => name ?? []);
  for (const name of names) {
    if (name === relation) continue;
    const holding = commands.filter(({ start, end }) => mentions(sql.slice(start, end), name));
    if (holding.length === 1) return holding[0];
  }
  return undefined;
}

function mentions(text: string, name: string): boolean {
  const at = text.toLowerCase().indexOf(name.toLowerCase());
  const isWord = (character: string | undefined) => character !== undefined && /[\w$]/.test(character);
  return at >= 0 && !isWord(text[at - 1]) && !isWord(text[at + name.length]);
}
