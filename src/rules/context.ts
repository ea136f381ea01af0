import type { Catalog } from '../sql/catalog.ts';
import type { Effects, LockMode, PostgresVersion } from '../sql/effect.ts';
import type { SqlProblem, Statement } from '../sql/statement.ts';

/** The migration tool that sends a file, in words for people. */
export type ToolWords = {
  /** As people write it: `goose`, `Prisma Migrate`. */
  readonly title: string;
  /** How a migration leaves the tool's transaction: by a word that stands somewhere, by holding one statement alone, or not at all. */
  readonly leaves:
    | { readonly by: 'directive'; readonly directive: string; readonly where: string }
    | { readonly by: 'standing alone'; readonly because: string }
    | { readonly by: 'nothing' };
};

/** One file of the change, in the order of application. */
export type LintSource = {
  readonly file: string;
  readonly text: string;
  readonly up: { readonly startByte: number; readonly endByte: number };
  /** How the tool sends it; `implicit` is one transaction when there is more than one statement. */
  readonly transaction: 'file' | 'none' | 'implicit';
  /** It is sent in a session that begins with it: settings and temporary tables of the sources before it are not there. */
  readonly ownSession?: boolean | undefined;
  /** psql runs it, so that its meta-commands mean something. */
  readonly psql?: boolean | undefined;
  /** The tool cuts the text here, in comments and strings too. */
  readonly cutsAt?: string | undefined;
  /** Lines in whose place the tool puts another file. */
  readonly includes?: RegExp | undefined;
  /** What is wrong with the file as a whole: it could not be read, or not all of it. */
  readonly problem?: SqlProblem | undefined;
  /** Left out when nobody knows who sends the file. */
  readonly tool?: ToolWords | undefined;
};

export type JudgedStatement = {
  readonly statement: Statement;
  readonly inTransaction: boolean;
  readonly effects: Effects;
};

/** A setting in force: the value as SQL wrote it (`500ms`, `0`), and the statement that set it. */
export type Setting = { readonly value: string; readonly local: boolean; readonly by: Statement };

/** A lock that an open transaction holds: the strongest so far, and the statement that took it. */
export type Held = { readonly mode: LockMode; readonly by: Statement };

export type OpenTransaction = {
  /** Who began it: the tool around the file, a BEGIN in the file, or the server for one message of several statements. */
  readonly opened: 'tool' | 'statement' | 'implicit';
  /** Statements that ran in it before this one. */
  readonly earlier: readonly JudgedStatement[];
  /** Locks on relations that existed before the change. ROLLBACK TO gives back those taken since the savepoint. */
  readonly held: ReadonlyMap<string, Held>;
  /** Those of them that keep writers or readers out of a table, in the order in which the tables came. */
  readonly strong: ReadonlyMap<string, Held>;
};

/** What a session carries from statement to statement. A live view: read it during the check, keep nothing of it. */
export type Session = {
  /** In force, by name in lower case; one that was never set, or was reset, is missing. */
  readonly settings: ReadonlyMap<string, Setting>;
  readonly transaction: OpenTransaction | undefined;
};

export type RuleContext = {
  /** The schema just before the statement. */
  readonly catalog: Catalog;
  /** The schema before the whole change: what it does not hold and `catalog` does is new. */
  readonly before: Catalog;
  readonly effects: Effects;
  readonly version: PostgresVersion;
  /** BEGIN and COMMIT themselves count as inside. */
  readonly inTransaction: boolean;
  /** Just before the statement. */
  readonly session: Session;
  /** The file that the statement stands in, with all its statements (also those that follow) and this one's place among them. For a statement inside a DO block: the block's. */
  readonly file: {
    readonly path: string;
    readonly transaction: LintSource['transaction'];
    readonly tool?: ToolWords | undefined;
    readonly statements: readonly Statement[];
    readonly index: number;
  };
  /** Earlier files of the change that took a lock on a relation which keeps writers out, by relation. */
  readonly lockedBefore: ReadonlyMap<string, readonly string[]>;
};
