import type { SourceSchema } from '../masking/source.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';

/** The schema as pg_dump writes it: before the rows (tables without keys), and after them (keys, indexes, triggers …). */
export type Sections = { readonly preData: string; readonly postData: string };

/** A database to read from, at one moment: live, a standby, or one that was restored from a backup for this run. */
export type RefreshSource = {
  /** A role that may read everything; each session begins read-only at `snapshot`. */
  readonly facts: ConnectionFacts;
  /** pg_export_snapshot's name (docs: 9.28.5); it holds as long as the source is open. */
  readonly snapshot: string;
  readonly schema: SourceSchema;
  /** ISO 8601, the source's clock: what the rows are as of. */
  readonly takenAt: string;
  /** For people and the manifest: never a URL, a password or a host's address of the source. */
  readonly description: string;
  /** Throws UserError when pg_dump is missing or too old, with what to install. */
  readonly sections: () => Promise<Sections>;
  readonly close: () => Promise<void>;
};
