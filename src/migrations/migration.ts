/** A tree of files, from the working directory or from a commit. Paths are relative to the repository root with `/`. */
export type FileTree = {
  /** Every file below `directory`, sorted by bytes; empty when the directory is missing. Links are not followed. */
  readonly list: (directory: string) => Promise<readonly string[]>;
  /** Throws UserError when the file is missing or larger than 64 MiB. */
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
  readonly down: { readonly startByte: number; readonly endByte: number } | undefined;
  /** `file`: the tool wraps the up part in one transaction. `none`: the tool sends it as it is. */
  readonly transaction: 'file' | 'none';
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
  /** The directory in which this tool's migrations stand, or undefined. Looks at names first and reads little. */
  readonly detect: (tree: FileTree) => Promise<string | undefined>;
  /** In the order of application. Throws UserError for two migrations with one version, a file that is not UTF-8, a name that the tool would not take. */
  readonly list: (tree: FileTree, directory: string) => Promise<readonly Migration[]>;
  readonly history: History;
};
