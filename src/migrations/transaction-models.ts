import { codeTools } from './code-tools.ts';
import { fileTools } from './file-tools.ts';
import type { Migration } from './migration.ts';
import { type ToolName, tools } from './registry.ts';

/** How one migration tool sends its migrations to the server. */
export type TransactionModel = {
  /** As people write it. */
  readonly title: string;
  /** How it sends a migration that says nothing else. */
  readonly transaction: Migration['transaction'];
  /** The same in a sentence. */
  readonly sends: string;
  /** What else it sends, as a server's log showed it: connections, locks, settings, the note of what was applied. */
  readonly beside?: string;
  /** How a migration leaves the tool's transaction. */
  readonly leaves: WayOut;
  /** Where lock_timeout and statement_timeout are best set. */
  readonly timeouts: string;
  /** How its SQL is got, where no reader takes it from the files: a command, or a sentence. */
  readonly sql?: string;
  /** Stands in what that command prints, where BEGIN and COMMIT are printed too and nothing has to be added. */
  readonly printed?: RegExp;
  /** Its files are psql's, meta-commands and all. */
  readonly runsPsql?: boolean;
  /** It cuts a file at this text wherever it stands, in comments and strings too, and sends the pieces. */
  readonly cutsAt?: string;
  /** Lines in whose place it puts another file. */
  readonly includes?: RegExp;
  /** How it is known: the run in which a server's log showed it, or the documentation or source that says it. */
  readonly known: string;
};

export type WayOut =
  /** A word that stands somewhere: `-- +goose NO TRANSACTION`, "at the top of the file". */
  | { readonly by: 'directive'; readonly directive: string; readonly where: string }
  /** The statement alone in its migration; `because` is the rest of a sentence after a colon. */
  | { readonly by: 'standing alone'; readonly because: string }
  /** There is none. */
  | { readonly by: 'nothing' };

/** Tools whose migrations are code: their SQL is judged, and their folders are not read. */
export type CodeToolName = keyof typeof codeTools;
export type AnyToolName = ToolName | CodeToolName;

/** Every tool that is known, by the name that `--tool` takes. */
export const transactionModels: Readonly<Record<AnyToolName, TransactionModel>> = {
  ...fileTools,
  ...codeTools,
};

export function isCodeTool(name: AnyToolName): name is CodeToolName {
  return !(name in tools);
}

const FIRST_BEGIN = /^\uFEFF?(\s|--[^\n\r]*[\n\r]|\/\*[\s\S]*?\*\/)*(begin|start\s+transaction)\b/i;

/** How SQL goes to the server that is given without a file of the tool's: as the tool sends a migration, or as its own command printed it. */
export function sentAs({ transaction, printed }: TransactionModel, text: string): Migration['transaction'] {
  return FIRST_BEGIN.test(text) || printed?.test(text) ? 'none' : transaction;
}
