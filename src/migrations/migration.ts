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
  readonly down: DownPart | undefined;
  /**
   * How the tool sends the up part. `file`: in a transaction that it begins and commits. `none`: each statement by itself.
   * `implicit`: the whole part as one simple Query message, which the server runs in one transaction of its own when it
   * holds more than one statement (documentation 53.2.2.1, "Multiple Statements in a Simple Query").
   */
  readonly transaction: 'file' | 'none' | 'implicit';
  /** SHA-256 of the file's bytes, hex; where one file holds several migrations, of this one's part. */
  readonly checksum: string;
  /** Meant to be edited after it was merged: the tool applies it again when it changes, or has not applied it for good. */
  readonly repeatable?: boolean | undefined;
  /** Why the tool would not take the file, in a list that goes on all the same; its parts are empty then. */
  readonly refusal?: Refusal | undefined;
  /** What the tool's history says of it that neither its name nor its text tells: it stands in a plan, a journal or a list of sums. */
  readonly historyRows?: readonly HistoryRow[] | undefined;
};

/** Bytes of a text that take a migration back. */
export type DownPart = {
  readonly path: string;
  readonly text: string;
  readonly startByte: number;
  readonly endByte: number;
  /** How the tool sends it, where that is not how it sends the up part. */
  readonly transaction?: Migration['transaction'] | undefined;
};

/** A row of a tool's history: values by column. `table` is schema-qualified. */
export type HistoryRow = {
  readonly table: string;
  readonly values: Readonly<Record<string, HistoryValue>>;
};
export type HistoryValue = string | number | readonly string[] | null;

/** What is wrong with a file, and what to do. */
export type Refusal = { readonly message: string; readonly hint: string };

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
  /**
   * Versions applied, in order, those too that are not among `migrations`; empty when the table is missing. A repeatable
   * migration counts when its latest run was of this very text. Throws UserError when the tool's own record says that a
   * migration failed, and when the tool would refuse or pass over one of `migrations` for what was applied before.
   */
  readonly applied: (db: Queryable, migrations: readonly Migration[]) => Promise<readonly string[]>;
  /** What the tool writes before the first statement, in no transaction of the migration's. */
  readonly begin?: ((db: Queryable, migration: Migration) => Promise<void>) | undefined;
  /** In the migration's transaction where the tool opens one, after it otherwise. */
  readonly record: (db: Queryable, migration: Migration) => Promise<void>;
  /** Takes the record back, where `record` stands for the down part; left out where the tool knows no way back. */
  readonly remove?: ((db: Queryable, migration: Migration) => Promise<void>) | undefined;
};

/** How a tool reads one file: the parts that it applies and takes back, and how it sends them. */
export type Reading = Pick<Migration, 'up' | 'down' | 'transaction' | 'refusal'>;

export type MigrationTool = {
  readonly name: string;
  /** The directories that hold this tool's migrations, among `directories` or its usual ones. Looks at names first and reads little. */
  readonly detect: (tree: FileTree, directories?: readonly string[]) => Promise<readonly string[]>;
  /** In the order of application; two migrations with one version stand beside each other. Throws UserError for a file that is not UTF-8, a name that the tool would not take, and, unless `lenient`, for one whose content it would not take. */
  readonly list: (tree: FileTree, directory: string, lenient?: 'lenient') => Promise<readonly Migration[]>;
  /** Reads one file without its neighbours, whatever its name is. Throws UserError for what the tool would refuse. */
  readonly read: (source: SourceFile) => Reading | Promise<Reading>;
  /** Path, relative as the migration's, of a file that says how that one is run; it need not be there. */
  readonly settingsOf?: ((relative: string) => string) | undefined;
  /** Whether a text bears the tool's mark, whatever the name of its file is; left out where there is none. */
  readonly bears?: ((text: string) => boolean) | undefined;
  /** Two versions with one key are the same to the tool, as 007 and 7 may be; the version itself when left out. */
  readonly versionKey?: ((version: string) => string) | undefined;
  /** What of a folder a rehearsal would leave out or do otherwise than the tool, where there is such a thing. */
  readonly obstacle?: ((tree: FileTree, directory: string) => Promise<Refusal | undefined>) | undefined;
  /** Left out, the tool's migrations can be linted and not yet rehearsed. */
  readonly history?: History | undefined;
};

/** One whose migrations can be rehearsed too. */
export type RehearsableTool = MigrationTool & { readonly history: History };

/** A migration file as it was read: `text` keeps byte order mark and line ends; `bytes` is its length in UTF-8. */
export type SourceFile = {
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
  /** SHA-256 of the bytes, hex. */
  readonly checksum: string;
};
