import { ProviderError } from '../errors.ts';
import { ServerError } from './connection.ts';
import { identifier } from './quote.ts';

type Advice = {
  readonly what: string;
  readonly hint?: string;
  /** What to do where the branch server refuses. */
  readonly atTarget?: string;
};

/** By SQLSTATE (docs: appendix A), in words that hold for every row. */
const ADVICE: Readonly<Record<string, Advice>> = {
  '22001': { what: 'a value is too long for its column' },
  '22003': { what: 'a number is out of its column’s range' },
  '22007': { what: 'a value is no date or time' },
  '22008': { what: 'a date or time is out of range' },
  '22021': {
    what: 'a value is not valid in the database’s encoding',
    hint: 'The source’s encoding lets it in, the target’s does not: make the target with the source’s encoding.',
  },
  '22P02': { what: 'a value does not fit its type' },
  '23502': { what: 'a row has no value where one must be' },
  '23503': {
    what: 'a row refers to a row that is not there',
    hint: 'The columns of the foreign key need the same mask and domain on both sides.',
  },
  '23505': {
    what: 'two rows have the same key',
    hint: 'Give the key’s column a strategy that keeps values apart.',
  },
  '23514': { what: 'a row violates a check or the bounds of its partition' },
  '23P01': { what: 'two rows exclude each other' },
  '25006': { what: 'the database is read-only' },
  '40P01': { what: 'it was in a deadlock' },
  '42501': {
    what: 'the role lacks the right',
    hint: 'The source’s role must read every row: pg_read_all_data and BYPASSRLS.',
    atTarget:
      'This is the branch server, not the source: the role that fills the new database is no superuser. Let PULLGRES_SERVER_URL (server-url) be a superuser’s, or take from the object in the source what only a superuser may do.',
  },
  '42704': {
    what: 'something that it names is not there',
    atTarget:
      'This is the branch server: it lacks a role, collation, type or extension that the source has. Make or install it there.',
  },
  '42883': {
    what: 'a function or operator that it names is not there',
    atTarget:
      'This is the branch server: often an extension is older there than at the source. Update it there.',
  },
  '0A000': {
    what: 'the server cannot do this',
    atTarget:
      'This is the branch server: it may be older than the source. Use one of the source’s version or newer.',
  },
  '58P01': {
    what: 'a file that it needs is not there',
    atTarget: 'This is the branch server: install the package of the extension there.',
  },
  '42P01': {
    what: 'a table that it names is not there',
    atTarget: 'This is the branch server: an object that it needs was left out or comes later.',
    hint: 'It was dropped or renamed while it was read: run again.',
  },
  '42703': {
    what: 'a column is not there any more',
    hint: 'The table was altered while it was read: run again.',
  },
  '53100': { what: 'the server’s disk is full', hint: 'Free or add space; nothing was published.' },
  '53200': {
    what: 'the server’s memory for locks or work is full',
    hint: 'With very many tables raise max_locks_per_transaction.',
  },
  '54000': { what: 'a limit of the server is reached' },
  '55P03': {
    what: 'another session holds a lock on it',
    hint: 'A migration or VACUUM FULL runs there: wait for its end and run again.',
  },
  '57014': { what: 'it was cancelled' },
};

/**
 * What the server refused, without its text: DETAIL, CONTEXT and often the message hold values of rows ("Key (email)=(…)
 * is duplicated"). Named are the SQLSTATE and what the server gives as fields. What is no ServerError, nor another error that tells one, is
 * given back as it is.
 * @param what Whose refusal it is, as the beginning of a sentence: `The source refused to read "public"."users"`.
 * @param side Whose advice is given.
 */
export function withoutValues(error: unknown, what: string, side: 'source' | 'target' = 'source'): unknown {
  const refused = error instanceof ProviderError ? error.cause : error;
  if (!(refused instanceof ServerError)) return error;
  const advice = ADVICE[refused.code];
  const reason = advice === undefined ? '' : `: ${advice.what}`;
  const hint = side === 'target' ? (advice?.atTarget ?? advice?.hint) : advice?.hint;
  return new ProviderError(`${what}${reason} (SQLSTATE ${refused.code}${place(refused.object)}).`, {
    status: refused.code,
    ...(hint === undefined ? {} : { hint }),
  });
}

function place({ schema, table, column, constraint }: ServerError['object']): string {
  const relation = [schema, table]
    .filter((name) => name !== undefined && name !== '')
    .map((name) => identifier(name ?? ''));
  return [
    relation.length === 0 ? '' : `, table ${relation.join('.')}`,
    column ? `, column ${identifier(column)}` : '',
    constraint ? `, constraint ${identifier(constraint)}` : '',
  ].join('');
}
