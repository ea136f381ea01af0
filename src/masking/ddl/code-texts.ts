import type { CreateFunctionStmt, Node } from '@pgsql/types';
import { parseBytes } from '../../sql/engine.ts';
import { NO_PLACE, option, readPlpgsql } from '../../sql/plpgsql.ts';
import { languageOf, sqlBody } from '../../sql/routine.ts';
import { commentsIn, FRESH, readToken, skipBlank } from '../../sql/split.ts';
import { type Texts, textsIn } from './tree-texts.ts';

/** Nothing of theirs stands in the body but the name of a library or symbol. */
const COMPILED = new Set(['c', 'internal']);
/** Languages whose strings and comments are those of SQL. */
const LIKE_SQL = new Set(['sql', 'plpgsql']);

/**
 * What the body of a function says: strings, quoted names, long numbers and comments in it, and what its expressions
 * put together. Of a language that is not read, every line and every quoted string. Undefined when it is nested too deeply.
 */
export function bodyTexts(made: CreateFunctionStmt, sql: string): Texts | undefined {
  const body = option(made.options, 'as');
  const language = languageOf(made);
  if (body === undefined || COMPILED.has(language)) return { literals: [], names: [] };
  if (!LIKE_SQL.has(language)) return { literals: foreignTexts(body), names: [] };
  const { statements } = language === 'sql' ? sqlBody(made) : readPlpgsql(sql, NO_PLACE);
  const parts = statements.map(({ node }) => textsIn(node));
  if (parts.includes(undefined)) return undefined;
  const known = parts.filter((part) => part !== undefined);
  return {
    literals: [...scannedTexts(body), ...known.flatMap(({ literals }) => literals)],
    names: known.flatMap(({ names }) => names),
  };
}

const QUOTED = /(["'`])((?:\\.|(?!\1)[^\\])*)\1/gs;

function foreignTexts(body: string): readonly string[] {
  return [...body.split('\n'), ...[...body.matchAll(QUOTED)].map(([, , inner = '']) => inner), body];
}

const DEEPEST = 5;

/** By the server's own scanner, which PL/pgSQL shares: it sees every string, whatever the statement around it is. */
export function scannedTexts(code: string, depth = 0): readonly string[] {
  const bytes = Buffer.from(code);
  const comments = commentsIn(bytes, 0, bytes.length).map(({ start, end }) =>
    bytes.toString('utf8', start, end),
  );
  return [...comments, ...tokensOf(bytes).flatMap((token) => tokenTexts(token, depth))];
}

function tokensOf(bytes: Buffer): readonly string[] {
  const tokens: string[] = [];
  const state = { ...FRESH };
  let at = 0;
  let prefix = '';
  while (at < bytes.length) {
    const blank = skipBlank(bytes, at, bytes.length);
    if (blank > at) {
      at = blank;
      continue;
    }
    const end = readNumber(bytes, at) ?? readToken(bytes, at, bytes.length, state);
    const token = bytes.toString('utf8', at, end);
    // U& and the string behind it are two tokens of the splitter's.
    if (/^(?:[Uu]|&)$/.test(token)) prefix += token;
    else {
      tokens.push(/^['"]/.test(token) && /^[Uu]&$/.test(prefix) ? prefix + token : token);
      prefix = '';
    }
    at = end;
  }
  return tokens;
}

function readNumber(bytes: Buffer, at: number): number | undefined {
  const digits = /^\d[\d_.]*/.exec(bytes.toString('latin1', at, at + 64))?.[0];
  return digits === undefined ? undefined : at + digits.length;
}

function tokenTexts(token: string, depth: number): readonly string[] {
  if (/^\d/.test(token)) return token.length < 6 ? [] : [token];
  if (token.startsWith('$') && token.length > 2) {
    const tag = token.slice(0, token.indexOf('$', 1) + 1);
    const inside = token.slice(tag.length, -tag.length);
    return depth < DEEPEST ? [inside, ...scannedTexts(inside, depth + 1)] : [inside];
  }
  if (token.startsWith("'")) return [token.slice(1, -1).replaceAll("''", "'")];
  if (token.startsWith('"')) return [token.slice(1, -1).replaceAll('""', '"')];
  return /^(?:[Ee]|[Uu]&)['"]/.test(token) ? [textOfToken(token)] : [];
}

/** As the grammar reads it; the token itself where it does not. */
function textOfToken(token: string): string {
  const node: Node | undefined = parseBytes(Buffer.from(`SELECT ${token}`)).tree?.stmts?.[0]?.stmt;
  const texts = node === undefined ? undefined : textsIn(node);
  return texts?.literals.join(' ') || token;
}
