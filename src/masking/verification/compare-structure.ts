/** A piece of a schema by its path: `["public", "users", "email"]`. */
export type StructurePiece = {
  readonly kind: string;
  readonly path: readonly string[];
  /** DDL as the server prints it, without owner, privileges and comments. */
  readonly text: string;
};

/** What the scrub changed, as the evidence tells it. */
export type ScrubbedPiece = { readonly kind: string; readonly name: string; readonly action: string };

export type StructureProblem = { readonly where: string; readonly what: string };

/** They are no part of the structure, and their removal explains nothing else. */
const REMARKS = /comment|label/;

/** They have names of their own, which may be a schema's or a table's as well; what the scrub calls a function may be a procedure. */
const NAMED_APART = /publication|subscription|function|procedure|large object|statement/;

/** Of kinds whose text depends on the server's version only the presence is compared across versions. */
const WRITTEN_ANEW = /view|function|procedure|rule|policy/;

/**
 * What the source has and the copy has not, or has otherwise, and no scrubbed object explains. What the copy has beyond
 * the source is nobody's loss.
 */
export function compareStructure(
  source: readonly StructurePiece[],
  copy: readonly StructurePiece[],
  { scrubbed, sameVersion }: { scrubbed: readonly ScrubbedPiece[]; sameVersion: boolean },
): readonly StructureProblem[] {
  const there = new Map(copy.map((piece) => [keyOf(piece), piece]));
  const gone = scrubbed.filter(
    ({ kind, action }) => !REMARKS.test(kind) && (action === 'removed' || action === 'blanked'),
  );
  const changed = new Set(gone.filter(({ kind }) => !NAMED_APART.test(kind)).map(({ name }) => plain(name)));
  const apart = new Set(gone.map(({ kind, name }) => `${kind} ${plain(name)}`));
  return source.flatMap((piece) => {
    const kind = piece.kind.replace('procedure', 'function');
    if (isExplained(piece, changed) || apart.has(`${kind} ${plain(piece.path.join('.'))}`)) return [];
    const own = there.get(keyOf(piece));
    const where = `${piece.kind} ${piece.path.join('.')}`;
    if (own === undefined) return [{ where, what: 'It is missing in the copy.' }];
    const isComparable = sameVersion || !WRITTEN_ANEW.test(piece.kind);
    return isComparable && own.text !== piece.text
      ? [{ where, what: 'It is defined otherwise in the copy.' }]
      : [];
  });
}

function keyOf({ kind, path }: StructurePiece): string {
  return JSON.stringify([kind, path]);
}

/** A removed table takes its columns and constraints along. */
function isExplained({ path }: StructurePiece, changed: ReadonlySet<string>): boolean {
  return path.some((_, length) => changed.has(plain(path.slice(0, length + 1).join('.'))));
}

/** Without quotes and arguments. */
function plain(name: string): string {
  return name.replaceAll('"', '').replace(/\(.*$/s, '');
}

/** Rows of a table: in the source, and in the copy as it was written and as it is. */
export type RowCounts = {
  readonly table: string;
  readonly rows: 'copied' | 'empty';
  /** Null when it was not counted. */
  readonly sourceRows: number | null;
  readonly copiedRows: number;
  /** count(*) now. */
  readonly now: number;
  /** Rows were left out on purpose. */
  readonly isSubset: boolean;
};

/** Counts that the plan does not explain. */
export function compareCounts(counts: readonly RowCounts[]): readonly StructureProblem[] {
  return counts.flatMap(({ table, rows, sourceRows, copiedRows, now, isSubset }) => {
    const expected = rows === 'empty' ? 0 : copiedRows;
    if (now !== expected) return [{ where: table, what: `It has ${now} rows; ${expected} were written.` }];
    if (rows === 'empty' || sourceRows === null) return [];
    const fits = isSubset ? copiedRows <= sourceRows : copiedRows === sourceRows;
    return fits
      ? []
      : [{ where: table, what: `${copiedRows} rows were written of ${sourceRows} that the source has.` }];
  });
}
