import { UserError } from '../errors.ts';
import type { History, Migration } from '../migrations/migration.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { loadParser, parseSql } from '../sql/parse.ts';
import { isLoss, problemLine, problemOf, type SentText, sentPart } from './problem.ts';

export type ApplyRequest = {
  readonly facts: ConnectionFacts;
  readonly migrations: readonly Migration[];
  readonly history: History;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
};

function refusal(sent: SentText, error: unknown): unknown {
  if (!(error instanceof ServerError) || isLoss(error.code)) return error;
  const problem = problemOf(sent, error);
  return new UserError(problemLine(problem), {
    hint:
      problem.hint ??
      `The server refused it with SQLSTATE ${error.code}. Mend the migration on its own branch.`,
    cause: error,
  });
}

async function send(connection: Connection, sent: SentText): Promise<void> {
  try {
    await connection.script(sent.text);
  } catch (error) {
    throw refusal(sent, error);
  }
}

function eachStatement(migration: Migration): readonly SentText[] {
  const parsed = parseSql(migration.text, migration.path, migration.up);
  if (!parsed.ok) {
    throw new UserError(problemLine(parsed.problem), { hint: parsed.problem.hint });
  }
  return parsed.statements.map(({ sql, place }) => ({
    file: place.file,
    text: sql,
    line: place.line,
    column: place.column,
  }));
}

async function applyOne(connection: Connection, migration: Migration, history: History): Promise<void> {
  const sent = sentPart(migration, migration.up);
  const refusing = (work: Promise<void> | undefined) =>
    work?.catch((error) => {
      throw refusal({ ...sent, text: '' }, error);
    });
  await refusing(history.begin?.(connection, migration));
  if (migration.transaction === 'file') await connection.script('BEGIN');
  if (migration.transaction === 'none') {
    for (const statement of eachStatement(migration)) await send(connection, statement);
  } else await send(connection, sent);
  await refusing(history.record(connection, migration));
  if (migration.transaction === 'file') await refusing(connection.script('COMMIT'));
}

/**
 * Applies the migrations in order as their tool would, and records them in its history, without watching. Each has a
 * session of its own, as in a deploy. Throws UserError with the place in the file at the first that the server
 * refuses (it is rolled back as far as its tool would), ProviderError when the server is lost, the signal's reason.
 */
export async function applyMigrations(request: ApplyRequest): Promise<void> {
  const { facts, migrations, history, signal, onProgress } = request;
  const options = { applicationName: 'pullgres apply', ...(signal === undefined ? {} : { signal }) };
  await loadParser();
  const first = await openConnection(facts, options);
  try {
    await history.ensure(first);
  } finally {
    await first.close();
  }
  for (const [at, migration] of migrations.entries()) {
    onProgress(`Applying ${migration.path} (${at + 1} of ${migrations.length}).`);
    const connection = await openConnection(facts, options);
    try {
      await applyOne(connection, migration, history);
    } finally {
      await connection.close();
    }
  }
}
