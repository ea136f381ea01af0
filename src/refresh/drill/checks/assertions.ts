import type { Connection } from '../../../postgres/connection.ts';
import { ServerError } from '../../../postgres/connection.ts';
import { type Answer, failed, judgeAssertion } from '../judge.ts';
import type { Assertion } from '../limits.ts';
import type { StepResult } from '../steps.ts';
import { CANCELLED } from '../steps.ts';
import type { Check } from './check.ts';

/** One row more than the one that a number stands in. */
const FETCHED = 2;

/** Runs the team's query read-only, by a cursor so that a large answer stays at the server. `timeoutMs` is what it may take. */
export async function askAssertion(
  connection: Connection,
  { sql, expect }: Assertion,
  timeoutMs: number,
): Promise<StepResult> {
  await connection.run('begin read only');
  try {
    await connection.run(`set local statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`);
    await connection.run(`declare pullgres_assertion no scroll cursor for ${trimmed(sql)}`);
    const { rows } = await connection.query(`fetch ${FETCHED} from pullgres_assertion`);
    return judgeAssertion(expect, answerOf(rows));
  } catch (error) {
    if (!(error instanceof ServerError) || error.code === CANCELLED) throw error;
    // The server's text may quote a row.
    return failed(`The query does not run: the server refused with SQLSTATE ${error.code}.`);
  } finally {
    await connection.run('rollback');
  }
}

/** A cursor takes no semicolon, and a comment at the end must not swallow anything. */
function trimmed(sql: string): string {
  return sql.trim().replace(/(?:;\s*)+$/, '');
}

function answerOf(rows: readonly Record<string, unknown>[]): Answer {
  const cells = Object.values(rows[0] ?? {});
  const only = cells[0];
  const number = typeof only === 'number' || typeof only === 'string' ? Number(only) : Number.NaN;
  const columns = cells.length;
  const isNumber = only !== '' && Number.isFinite(number);
  return { rows: rows.length, columns, ...(isNumber ? { number } : {}) };
}

export function assertionCheck(assertion: Assertion): Check {
  return {
    name: `assertion: ${assertion.name}`,
    run: async ({ plain, left }) => {
      const timeoutMs = Math.min(assertion.timeoutMs, left());
      try {
        return await askAssertion(plain, assertion, timeoutMs);
      } catch (error) {
        const own = error instanceof ServerError && error.code === CANCELLED && left() > 0;
        if (!own) throw error;
        return failed(`The query took longer than ${assertion.timeoutMs / 1000} s.`);
      }
    },
  };
}
