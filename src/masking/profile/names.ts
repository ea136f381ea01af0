/** A name, or with `glob` a pattern in which `*` stands for any characters. */
export type NamePattern = { readonly text: string; readonly glob: boolean };

/** Tables that an entry of the profile is about. */
export type TablePattern = { readonly schema: NamePattern; readonly table: NamePattern };

/** One column, or a place in its JSON documents. Names as the catalog has them. */
export type ColumnPlace = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Member names; `*` for each member or element. Empty for the column itself. */
  readonly path: readonly string[];
};

export type TableName = { readonly schema: string; readonly table: string };

/** Without quotes a name has no blanks, dots, quotes, brackets, commas, `>` or invisible characters; case is kept, other than in SQL. */
const PLAIN = /^[^\s."'(),>\p{C}]+/u;
const QUOTED = /^"((?:[^"]|"")+)"/u;

/** Names parted by dots, and the text after the last of them; undefined when the text does not begin with a name. */
function readNames(text: string, most: number): { names: NamePattern[]; rest: string } | undefined {
  // Postgres has no NUL in a name.
  if (text.includes('\0')) return undefined;
  const names: NamePattern[] = [];
  let rest = text;
  while (names.length < most) {
    const quoted = QUOTED.exec(rest);
    const found = quoted ?? PLAIN.exec(rest);
    if (found === null) return undefined;
    const name = (quoted?.[1] ?? found[0]).replaceAll('""', '"');
    names.push({ text: name, glob: quoted === null && name.includes('*') });
    rest = rest.slice(found[0].length);
    if (names.length === most || !rest.startsWith('.') || /^\.[$(]/.test(rest)) break;
    rest = rest.slice(1);
  }
  return { names, rest };
}

/** `table` or `schema.table`, with `*`; a table without a schema is one of `public`. */
export function parseTablePattern(text: string): TablePattern | undefined {
  const read = readNames(text, 2);
  if (read === undefined || read.rest !== '') return undefined;
  const [first, second] = read.names;
  if (first === undefined) return undefined;
  return second ? { schema: first, table: second } : { schema: exactly('public'), table: first };
}

/** A column's name, with `*`. */
export function parseColumnPattern(text: string): NamePattern | undefined {
  const read = readNames(text, 1);
  return read?.rest === '' ? read.names[0] : undefined;
}

/** `table.column` or `schema.table.column`, with a path such as `.$.address.street` after it. No `*` but in the path. */
export function parseColumnPlace(text: string): ColumnPlace | undefined {
  const read = readNames(text, 3);
  if (read === undefined || read.names.length < 2 || read.names.some(({ glob }) => glob)) return undefined;
  const path = read.rest === '' ? [] : parsePath(read.rest.slice(1));
  const [column = '', table = '', schema = 'public'] = read.names.map(({ text }) => text).toReversed();
  return path && { schema, table, column, path };
}

/** `table.column`, or several columns as `table.(a, b)`. */
export function parseColumns(
  text: string,
): (TableName & { readonly columns: readonly string[] }) | undefined {
  const single = parseColumnPlace(text);
  if (single) return single.path.length === 0 ? { ...single, columns: [single.column] } : undefined;
  const read = readNames(text, 2);
  const list = read === undefined ? null : /^\.\((.*)\)$/su.exec(read.rest);
  if (read === undefined || list === null || read.names.some(({ glob }) => glob)) return undefined;
  const columns = readList(list[1] ?? '');
  const [table = '', schema = 'public'] = read.names.map((name) => name.text).toReversed();
  return columns && { schema, table, columns };
}

function readList(text: string): readonly string[] | undefined {
  const columns: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const read = readNames(rest, 1);
    const [name] = read?.names ?? [];
    if (read === undefined || name === undefined || name.glob) return undefined;
    columns.push(name.text);
    rest = read.rest.trim();
    if (rest !== '' && !rest.startsWith(',')) return undefined;
    rest = rest.slice(1).trim();
  }
  return columns.length > 0 ? columns : undefined;
}

const STEP = /^(?:\.\*|\[\*\]|\.([^\s."'[\]*\p{C}]+)|\.?"((?:[^"]|"")+)"|\['((?:[^']|'')+)'\])/u;

/** `$.address.*`, `$.items[*].name`, `$."odd name"`: its member names. Undefined for anything else, and for `$` alone. */
export function parsePath(text: string): readonly string[] | undefined {
  if (!text.startsWith('$') || text.includes('\0')) return undefined;
  const path: string[] = [];
  let rest = text.slice(1);
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (found === null) return undefined;
    const [step, plain, doubled, single] = found;
    const name = plain ?? doubled?.replaceAll('""', '"') ?? single?.replaceAll("''", "'");
    // `*` means each member: a member of that name could not be told from it.
    if (name === '*') return undefined;
    path.push(name ?? '*');
    rest = rest.slice(step.length);
  }
  return path.length > 0 ? path : undefined;
}

/** A name that is no pattern. */
export function exactly(text: string): NamePattern {
  return { text, glob: false };
}

/** Whether the pattern is of any name. */
export function isAny({ text, glob }: NamePattern): boolean {
  return glob && /^\*+$/.test(text);
}

/** Whether a name fits a pattern. */
export function fits({ text, glob }: NamePattern, name: string): boolean {
  if (!glob) return text === name;
  const [first = '', ...others] = text.split('*');
  const last = others.pop() ?? '';
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.startsWith(first) && name.endsWith(last) && at <= name.length - last.length;
}
