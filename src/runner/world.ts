import type { Secret } from '../secret.ts';

/** One annotation on a changed file. `file` is relative to the repository root. */
export type Annotation = {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly endLine: number | undefined;
  /** GitHub takes columns only where the annotation is on one line. */
  readonly column?: number | undefined;
  readonly endColumn?: number | undefined;
};

/** Everything from outside that an operation may touch. GitHub's runner and a terminal each give one. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The repository's root on disk. */
  readonly workspace: string;
  /** A folder of this job's own, gone after the job. */
  readonly temporary: string;
  readonly now: () => Date;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Lines are made inert: no control characters, no workflow command at a line's start. */
  readonly info: (text: string) => void;
  readonly warning: (text: string) => void;
  readonly debug: (text: string) => void;
  /** A folded group in the log around `work`. */
  readonly group: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Registers the text, and its percent-encoded form, to be starred out. Call before anything can print it. */
  readonly mask: (secret: Secret) => void;
  readonly annotate: (annotation: Annotation) => void;
  /** Appends Markdown to the job summary. Throws UserError beyond 1 MiB. */
  readonly summary: (markdown: string) => Promise<void>;
  readonly output: (name: string, value: string) => void;
  /** Kept for this action's post step. */
  readonly saveState: (name: string, value: string) => void;
};
