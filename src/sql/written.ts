import type { Node } from '@pgsql/types';
import { expressionText, parseExpression } from './expression.ts';
import { treeText } from './tree-text.ts';

/** Members of the grammar's tree that say where something stands, not what it is. */
const PLACES: ReadonlySet<string> = new Set([
  'location',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
]);

/** Strings, quoted names, dollar quotes, comments, parentheses and commas, and the words before an expression. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|[(),]|\b(?:where|using)\b|[^'"$\-/(),wu]+|[\s\S]/giy;

/** Enough for any statement that people write; a longer one is not searched. */
const LONGEST = 20_000;
const MOST_CANDIDATES = 200;

/**
 * The SQL text of an expression that stands in a statement, printed from its tree or cut out of `sql`: given only when
 * it parses to that very tree again. Undefined where no such text is found.
 */
export function writtenText(sql: string, node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  const wanted = treeText(node, PLACES);
  const isIt = (text: string | undefined): text is string => {
    const parsed = text === undefined ? undefined : parseExpression(text);
    return parsed !== undefined && treeText(parsed, PLACES) === wanted;
  };
  const printed = expressionText(node);
  return isIt(printed) ? printed : candidates(sql).find(isIt);
}

type Open = { readonly start: number; readonly depth: number; readonly word: boolean };

/** What stands between parentheses, and behind WHERE and USING up to a comma or the end. */
function candidates(sql: string): readonly string[] {
  if (sql.length > LONGEST) return [];
  const found: string[] = [];
  let open: Open[] = [];
  let depth = 0;
  const close = (isOver: (one: Open) => boolean, at: number) => {
    for (const one of open.filter(isOver)) found.push(sql.slice(one.start, at));
    open = open.filter((one) => !isOver(one));
  };
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    const end = index + token.length;
    if (token === '(') open.push({ start: end, depth: depth++, word: false });
    else if (token === ')') {
      depth--;
      close((one) => one.depth >= depth + (one.word ? 1 : 0), index);
    } else if (token === ',') close((one) => one.word && one.depth === depth, index);
    else if (/^(where|using)$/i.test(token)) open.push({ start: end, depth, word: true });
    if (found.length > MOST_CANDIDATES) return found;
  }
  close((one) => one.word, sql.length);
  return found;
}
