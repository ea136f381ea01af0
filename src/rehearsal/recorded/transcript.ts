import type { ObservedStatement } from '../../evidence/schema.ts';
import type { ServerError } from '../../postgres/connection.ts';
import type { LintSource } from '../../rules/context.ts';
import { locate } from '../../sql/place.ts';
import type { Place } from '../../sql/statement.ts';
import { type Draft, seal } from '../ledger.ts';
import { UNREAD } from './message-plan.ts';
import { withoutPasswords } from './passwords.ts';
import type { Watching } from './watching.ts';

/** What a session's transcript is made of; `Watching` has it. */
export type Told = Pick<Watching, 'marks' | 'refused'> & {
  readonly watch: { readonly drafts: readonly Draft[] };
};

/** All that was sent, as one SQL text: session after session, each statement in its order. */
export type Transcript = {
  readonly text: string;
  /** Each session's part; BEGIN and COMMIT in it are the client's, or stand for the server's own around several statements. */
  readonly sources: readonly LintSource[];
  /** Every draft, with its place in the text. */
  readonly places: ReadonlyMap<Draft, Place>;
  readonly statements: readonly ObservedStatement[];
};

/** `sql` is what of the text the draft's statement is. */
type Part = {
  readonly text: string;
  readonly sql: string;
  readonly draft: Draft | undefined;
  readonly lead: number;
};

/** What had no effect, or cannot be read, stands as a comment: it has a place, and is not judged. */
function commented(why: string, sql: string): string {
  return `-- ${why}\n${sql.replaceAll(/^/gm, '-- ')}\n`;
}

/** A comment at the end would take the semicolon with it. */
function ended(sql: string): string {
  const text = sql.trimEnd();
  const [last = ''] = text.split('\n').slice(-1);
  return text.includes('--') && last.includes('--') ? `${text}\n;\n` : `${text};\n`;
}

function partOf(draft: Draft, error: ServerError | undefined): Part {
  const { kind } = draft.statement;
  const sql = withoutPasswords(draft.statement);
  if (error !== undefined) {
    const text = commented(`refused by the server (${error.code}):`, sql);
    return { text, sql, draft, lead: text.indexOf('\n') + 1 };
  }
  if (kind !== UNREAD) return { text: ended(sql), sql, draft, lead: 0 };
  const text = commented('not read:', sql);
  return { text, sql, draft, lead: text.indexOf('\n') + 1 };
}

function partsOf({ marks, refused, watch }: Told): readonly Part[] {
  const parts: Part[] = [];
  const waiting = [...marks];
  const markUpTo = (at: number): void => {
    while (waiting[0] !== undefined && waiting[0].before <= at)
      parts.push({ text: `${waiting.shift()?.sql};\n`, sql: '', draft: undefined, lead: 0 });
  };
  for (const [at, draft] of watch.drafts.entries()) {
    markUpTo(at);
    parts.push(partOf(draft, refused.get(draft)));
  }
  markUpTo(watch.drafts.length);
  return parts;
}

function unreadProblem(
  file: string,
  { drafts }: Told['watch'],
  refused: Told['refused'],
  places: ReadonlyMap<Draft, Place>,
) {
  const draft = drafts.find((one) => one.statement.kind === UNREAD && !refused.has(one));
  const place = draft && places.get(draft);
  if (place === undefined) return undefined;
  return {
    file,
    line: place.line,
    column: place.column,
    message: 'The command sent a statement that Postgres’ grammar, as known here, does not read.',
    hint: 'The server took it; it was watched, and no rule has judged it.',
  };
}

/** Lays the sessions' statements out in one text, whose name is `file`, and seals the drafts with their places in it. */
export function transcribe(file: string, sessions: readonly Told[]): Transcript {
  const laid = sessions.map((session) => ({ session, parts: partsOf(session) }));
  const text = laid.flatMap(({ parts }) => parts.map((part) => part.text)).join('');
  const locator = locate(Buffer.from(text));
  const places = new Map<Draft, Place>();
  const sources: LintSource[] = [];
  let at = 0;
  for (const { session, parts } of laid) {
    const startByte = at;
    for (const part of parts) {
      const length = Buffer.byteLength(part.text);
      const start = at + part.lead;
      const sqlBytes = part.lead > 0 ? length - part.lead - 1 : Buffer.byteLength(part.sql.trimEnd());
      if (part.draft) places.set(part.draft, locator.place(file, start, start + sqlBytes));
      at += length;
    }
    const problem = unreadProblem(file, session.watch, session.refused, places);
    sources.push({ file, text, up: { startByte, endByte: at }, transaction: 'none', problem });
  }
  const statements = laid.flatMap(({ parts }) =>
    parts.flatMap(({ draft, sql }) => {
      const place = draft && places.get(draft);
      return place ? [seal({ ...draft, statement: { ...draft.statement, sql, place } })] : [];
    }),
  );
  return { text, sources, places, statements };
}
