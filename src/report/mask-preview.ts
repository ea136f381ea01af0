import { clip, plain } from './plain.ts';

/** What a value looks like; `shape` is undefined where it would be the value. */
export type ShownShape = { readonly length: number; readonly shape: string | undefined };

export type ShownRow =
  | 'null'
  | { readonly clear: ShownShape; readonly mask: ShownShape | 'null'; readonly same: boolean };

export type ShownColumn = {
  readonly column: string;
  readonly type: string;
  /** What becomes of it, in one line. */
  readonly treatment: string;
  readonly rows: readonly ShownRow[] | string;
};

export type ShownTable = {
  readonly name: string;
  /** Its profile keeps some rows as they are. */
  readonly kept: boolean;
  readonly columns: readonly ShownColumn[];
};

const HEAD =
  'Shapes, never values: letters are a or A, digits 9, other scripts x, rare signs #; then the number of characters.';

/** What `pullgres mask preview` says. */
export function maskPreviewText(tables: readonly ShownTable[]): string {
  const lines = [HEAD, ...tables.flatMap(tableLines)];
  return `${lines.map((line) => clip(plain(line), 1_000)).join('\n')}\n`;
}

function tableLines({ name, kept, columns }: ShownTable): readonly string[] {
  const keeping = kept ? ['  The profile keeps some rows as they are; here each is masked.'] : [];
  return ['', name, ...keeping, ...columns.flatMap(columnLines)];
}

function columnLines({ column, type, treatment, rows }: ShownColumn): readonly string[] {
  const head = `  ${column} (${type}): ${treatment}`;
  if (typeof rows === 'string') return [head, `    ${rows}`];
  return [head, ...rows.map((row) => `    ${rowWords(row)}`)];
}

function rowWords(row: ShownRow): string {
  if (row === 'null') return 'NULL';
  const { clear, mask, same } = row;
  const after = same ? 'the same' : mask === 'null' ? 'NULL' : shapeWords(mask);
  return `${shapeWords(clear)} → ${after}`;
}

/** An empty text is known by its length. */
function shapeWords({ length, shape }: ShownShape): string {
  return `${shape === undefined ? '(not shown)' : shape} [${length}]`;
}
