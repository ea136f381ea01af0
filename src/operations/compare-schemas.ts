import { UserError } from '../errors.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { Migration } from '../migrations/migration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { type Down, rehearseDown } from '../rehearsal/down.ts';
import { downFindings } from '../rehearsal/down-findings.ts';
import { preflightFindings } from '../rehearsal/preflight-findings.ts';
import type { RehearsalResult } from '../rehearsal/rehearse.ts';
import { openSchemas, type Schemas } from '../rehearsal/schemas.ts';
import type { World } from '../runner/world.ts';
import { limitsOf } from './beside.ts';
import { historyOf } from './plan.ts';
import type { RehearseOptions } from './rehearse.ts';

type Asked = RehearseOptions & { readonly missing: readonly Migration[] };

/**
 * Runs the missing migrations by `run`, which calls what it is given after each of them, and tells what became of the
 * schema. Where all were applied, the way back is tried as the policy says, and the tool's history is asked again:
 * `settled` is false where it would apply one of them once more, and where the database must be reset.
 */
export async function compareSchemas<Result extends RehearsalResult>(
  world: World,
  facts: ConnectionFacts,
  options: Asked,
  run: (onApplied: () => Promise<void>) => Promise<Result>,
): Promise<Result & Pick<RehearsalRecord, 'schema' | 'settled'>> {
  const schemas = await openSchemas({ facts, history: historyOf(options.plan), signal: world.signal });
  try {
    const result = await run(schemas.look);
    if (result.status === 'unproven') return result;
    const found = [...result.findings, ...preflightFindings(result.migrations)];
    // What a failed migration committed stands.
    if (result.status === 'failed') await schemas.look();
    const schema = schemas.changes();
    const told = { ...result, findings: found, ...(schema && { schema }) };
    if (result.status === 'failed') return told;
    const { migrations, findings, mustReset } = await wayBack(world, facts, options, schemas, result);
    const settled = mustReset ? { settled: false, reason: RESET } : await pendingStill(facts, options);
    return { ...told, migrations, findings: [...found, ...findings], ...settled };
  } finally {
    await schemas.close();
  }
}

type Back = Pick<RehearsalResult, 'migrations' | 'findings'> & { readonly mustReset: boolean };

async function wayBack(
  world: World,
  facts: ConnectionFacts,
  options: Asked,
  schemas: Schemas,
  { migrations }: RehearsalResult,
): Promise<Back> {
  const { loaded, missing } = options;
  const { down } = loaded.policy.rehearsal;
  if (down === 'off') return { migrations, findings: [], mustReset: false };
  const { signal, info } = world;
  const limits = limitsOf(options);
  const request = {
    facts,
    migrations: missing,
    schemas: schemas.all() ?? [],
    limits,
    signal,
    onProgress: info,
  };
  const { downs, mustReset } = await rehearseDown(request);
  const findings = downFindings(missing, downs, down === 'required');
  return { migrations: withDowns(migrations, downs, mustReset), findings, mustReset };
}

const RESET = 'The way back was rehearsed for good, and the way up again failed: the database must be reset.';

function withDowns(records: RehearsalResult['migrations'], downs: readonly Down[], mustReset: boolean) {
  return records.map((record, at) => {
    const down = downs[at];
    return { ...record, ...(down && { down }), ...(mustReset && { state: RESET }) };
  });
}

/** Idempotence as the tool itself sees it: it would apply nothing more. */
async function pendingStill(
  facts: ConnectionFacts,
  { plan, missing }: Asked,
): Promise<{ readonly settled: boolean; readonly reason?: string }> {
  const history = historyOf(plan);
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    await history.ensure(connection);
    const left = pending(missing, await history.applied(connection, plan.added));
    if (left.length === 0) return { settled: true };
    const names = left.map(({ path }) => path).join(', ');
    return {
      settled: false,
      reason: `the tool would apply ${names} again: its history does not hold what was applied`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { settled: false, reason: `the tool would refuse to go on: ${error.message}` };
  } finally {
    await connection.close();
  }
}
