/** A tree of files, from the working directory or from a commit. Paths are relative to the repository root with `/`. */
export type FileTree = {
  /** Every file below `directory`, sorted by bytes; empty when the directory is missing. Links are listed by their own name, never followed. */
  readonly list: (directory: string) => Promise<readonly string[]>;
  /** Throws UserError when the file is missing, is a link, or is larger than 64 MiB. */
  readonly read: (path: string) => Promise<Buffer>;
};

/** One versioned change as its tool sees it. */
export type Migration = {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  /** The whole file, byte for byte (BOM and CRLF included). */
  readonly text: string;
  /** The up part: bytes of `text`, so that places in findings are places in the file. */
  readonly up: { readonly startByte: number; readonly endByte: number };
  /** The down part: bytes of `text`, which is this migration's own file or a second one. */
  readonly down:
    | { readonly path: string; readonly text: string; readonly startByte: number; readonly endByte: number }
    | undefined;
  /**
   * How the tool sends the up part. `file`: in a transaction that it begins and commits. `none`: each statement by itself.
   * `implicit`: the whole part as one simple Query message, which the server runs in one transaction of its own when it
   * holds more than one statement (documentation 53.2.2.1, "Multiple Statements in a Simple Query").
   */
  readonly transaction: 'file' | 'none' | 'implicit';
  /** SHA-256 of the file's bytes, hex. */
  readonly checksum: string;
};

/** The least of a database connection that a migration tool needs. */
export type Queryable = {
  readonly query: (
    sql: string,
    values?: readonly unknown[],
  ) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
};

/** The table in which a tool writes what was applied. */
export type History = {
  /** Creates the table if it is missing, as the tool itself would. */
  readonly ensure: (db: Queryable) => Promise<void>;
  /** Versions applied, in order; empty when the table is missing. Throws UserError when the tool's own record says that a migration failed. */
  readonly applied: (db: Queryable) => Promise<readonly string[]>;
  readonly record: (db: Queryable, migration: Migration) => Promise<void>;
};

export type MigrationTool = {
  readonly name: string;
  /** The directories that hold this tool's migrations, among `directories` or its usual ones. Looks at names first and reads little. */
  readonly detect: (tree: FileTree, directories?: readonly string[]) => Promise<readonly string[]>;
  /** In the order of application. Throws UserError for two migrations with one version, a file that is not UTF-8, a name that the tool would not take. */
  readonly list: (tree: FileTree, directory: string) => Promise<readonly Migration[]>;
  readonly history: History;
};
