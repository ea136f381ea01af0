import type { Node } from '@pgsql/types';

/** Where a statement stands in its file. Lines and columns count from 1, columns in characters; bytes count from 0, end exclusive. */
export type Place = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly startByte: number;
  readonly endByte: number;
};

/** One parsed SQL statement. `kind` is the grammar's node tag, such as `AlterTableStmt`; `node` is the tagged node, `{ AlterTableStmt: … }`. Locations inside it count bytes from the statement's start. */
export type Statement = {
  readonly sql: string;
  readonly place: Place;
  readonly kind: string;
  readonly node: Node;
  /** Values were put in, or NUL bytes taken out: `sql` is not what stands in the file, and no place inside the statement is one of the file. */
  readonly rendered?: true;
};

/** A text that Postgres' grammar refuses, or that is not SQL at all (psql meta-command, NUL byte, wrong encoding). */
export type SqlProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
};

export type Parsed =
  | { readonly ok: true; readonly statements: readonly Statement[] }
  | { readonly ok: false; readonly problem: SqlProblem };
