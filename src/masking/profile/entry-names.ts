import { parseColumnPattern, parseColumnPlace, parseColumns, parsePath, parseTablePattern } from './names.ts';
import { inert, type Path, type PathProblem } from './problems.ts';

const DEEPEST = 30;
const OPTIONS = ['subset', 'sample'];
const TABLE_ADVICE = 'write table or schema.table, odd names in double quotes as in SQL';
const COLUMN_ADVICE = 'write a column’s name, odd ones in double quotes as in SQL';
const PLACE_ADVICE = 'write table.column, schema.table.column or table.column.$.path, without a pattern';

/** Problems of names and paths, wherever they stand, whatever else is wrong with the profile. */
export function nameProblems(value: unknown): PathProblem[] {
  const deep = structureProblem(value);
  if (deep) return [deep];
  return [
    ...keysOf(value, 'tables').flatMap(([key, table]) => [
      ...keyProblem(['tables', key], parseTablePattern(key), TABLE_ADVICE),
      ...columnProblems(['tables', key], table),
    ]),
    ...keysOf(value, 'allow').flatMap(([key]) =>
      keyProblem(['allow', key], parseColumnPlace(key), PLACE_ADVICE),
    ),
    ...keysOf(value, 'keep').flatMap(([key]) => {
      const table = parseTablePattern(key);
      const exact = table && !table.schema.glob && !table.table.glob;
      return keyProblem(['keep', key], exact || undefined, `${TABLE_ADVICE}, without a pattern`);
    }),
    ...linkProblems(value),
  ];
}

function columnProblems(path: Path, table: unknown): PathProblem[] {
  return entries(table).flatMap(([key, strategy]) => {
    const column = OPTIONS.includes(key) || parseColumnPattern(key) !== undefined;
    const problems = keyProblem([...path, key], column || undefined, COLUMN_ADVICE);
    return [...problems, ...strategyProblems([...path, key], strategy)];
  });
}

/** Paths of JSON documents, and the column that `like` names. */
function strategyProblems(path: Path, strategy: unknown): PathProblem[] {
  const all = entries(strategy);
  const isJson = all.some(([key]) => key === '*' || key.startsWith('$'));
  return all.flatMap(([key, value]) => {
    const at = [...path, key];
    if (isJson && key !== '*') {
      const advice = 'write a path such as $.address.street, $.items.* or $."odd name"';
      return [...keyProblem(at, parsePath(key), advice), ...strategyProblems(at, value)];
    }
    if (key === 'like' && typeof value === 'string') return likeProblem(at, value);
    return key === 'elements' ? strategyProblems(at, value) : [];
  });
}

function likeProblem(path: Path, value: string): PathProblem[] {
  const place = parseColumnPlace(value);
  return place && place.path.length === 0
    ? []
    : [{ path, key: false, text: 'write table.column or schema.table.column' }];
}

function linkProblems(value: unknown): PathProblem[] {
  const links = (value as { links?: unknown } | null | undefined)?.links;
  return (Array.isArray(links) ? links : []).flatMap((one: unknown, index) => {
    const text = typeof one === 'string' ? one : (one as { link?: unknown } | null)?.link;
    if (typeof text !== 'string' || parseLink(text) !== undefined) return [];
    const advice = `${inert(text)} is no link; write \`table.column -> table.column\`, or \`a.(x, y) -> b.(x, y)\``;
    return [{ path: ['links', index], key: false, text: advice }];
  });
}

/** `a.b -> c.d`, `a.(b, c) -> d.(e, f)`. */
export function parseLink(
  text: string,
):
  | { from: NonNullable<ReturnType<typeof parseColumns>>; to: NonNullable<ReturnType<typeof parseColumns>> }
  | undefined {
  const arrow = text.indexOf('->');
  if (arrow < 0) return undefined;
  const from = parseColumns(text.slice(0, arrow).trim());
  const to = parseColumns(text.slice(arrow + 2).trim());
  return from && to && from.columns.length === to.columns.length ? { from, to } : undefined;
}

function keyProblem(path: Path, parsed: unknown, advice: string): PathProblem[] {
  return parsed === undefined ? [{ path, key: true, text: `not a name; ${advice}` }] : [];
}

function keysOf(value: unknown, key: string): [string, unknown][] {
  return entries((value as Record<string, unknown> | null | undefined)?.[key]);
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** zod passes over a key `__proto__`, and reads deep values by recursion. */
function structureProblem(value: unknown): PathProblem | undefined {
  const todo: { path: Path; value: unknown }[] = [{ path: [], value }];
  for (let one = todo.pop(); one; one = todo.pop()) {
    const { path } = one;
    if (path.length > DEEPEST)
      return { path: path.slice(0, 6), key: false, text: `at most ${DEEPEST} levels are read` };
    if (typeof one.value !== 'object' || one.value === null) continue;
    for (const [key, inner] of Object.entries(one.value)) {
      const at = [...path, key];
      if (key === '__proto__')
        return { path: at, key: true, text: `write it in double quotes inside single ones: '"__proto__"'` };
      todo.push({ path: at, value: inner });
    }
  }
  return undefined;
}
