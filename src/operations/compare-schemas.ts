import { UserError } from '../errors.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { Migration } from '../migrations/migration.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { type DownResult, rehearseDown } from '../rehearsal/down.ts';
import { downFindings } from '../rehearsal/down-findings.ts';
import { openSchemas, type Schemas } from '../rehearsal/schemas.ts';
import type { Finding } from '../rules/rule.ts';
import type { World } from '../runner/world.ts';
import { limitsOf } from './beside.ts';
import { historyOf } from './plan.ts';
import type { Run } from './rehearsal-record.ts';
import type { RehearseOptions } from './rehearse.ts';

/** A run with what the schema says of it. */
export type Compared = Pick<RehearsalRecord, 'schema' | 'settled' | 'reason'> & {
  readonly result: Run;
  readonly findings: readonly Finding[];
  /** The way back was gone for good and the way up again failed: the database must be reset. */
  readonly mustReset: boolean;
};

/**
 * Runs the missing migrations by `run`, which calls what it is given after each of them, and tells what became of the
 * schema. Where all were applied, the way back is tried as the policy says, and the tool's history is asked again.
 */
export async function compareSchemas(
  world: World,
  facts: ConnectionFacts,
  options: RehearseOptions & { readonly missing: readonly Migration[] },
  run: (onApplied: () => Promise<void>) => Promise<Run>,
): Promise<Compared> {
  const schemas = await openSchemas({ facts, history: historyOf(options.plan), signal: world.signal });
  try {
    const result = await run(schemas.look);
    // What a failed migration committed stands.
    if (result.status === 'failed') await schemas.look();
    const schema = schemas.changes();
    const told = schema === undefined || result.status === 'unproven' ? {} : { schema };
    if (result.status !== 'passed') return { result, findings: [], mustReset: false, ...told };
    const back = await wayBack(world, facts, options, schemas);
    const settled = back.mustReset ? { settled: false } : await pendingStill(facts, options);
    return {
      ...back,
      ...told,
      ...settled,
      result: { ...result, migrations: withDowns(result.migrations, back) },
    };
  } finally {
    await schemas.close();
  }
}

type Back = DownResult & { readonly findings: readonly Finding[] };

async function wayBack(
  world: World,
  facts: ConnectionFacts,
  { loaded, missing }: RehearseOptions & { readonly missing: readonly Migration[] },
  schemas: Schemas,
): Promise<Back> {
  const { down } = loaded.policy.rehearsal;
  if (down === 'off') return { downs: [], findings: [], mustReset: false };
  const { signal, info: onProgress } = world;
  const limits = limitsOf(loaded);
  const request = { facts, migrations: missing, schemas: schemas.all() ?? [], limits, signal, onProgress };
  const result = await rehearseDown(request);
  return { ...result, findings: downFindings(missing, result.downs, down === 'required') };
}

const RESET = 'The way back was rehearsed for good, and the way up again failed: the database must be reset.';

function withDowns(records: Run['migrations'], { downs, mustReset }: DownResult) {
  return records.map((record, at) => {
    const down = downs[at];
    return { ...record, ...(down && { down }), ...(mustReset && { state: RESET }) };
  });
}

/** Idempotence as the tool itself sees it: it would apply nothing more. */
async function pendingStill(
  facts: ConnectionFacts,
  { plan, missing }: RehearseOptions & { readonly missing: readonly Migration[] },
): Promise<Pick<RehearsalRecord, 'settled' | 'reason'>> {
  const history = historyOf(plan);
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    await history.ensure(connection);
    const left = pending(missing, await history.applied(connection, plan.added));
    if (left.length === 0) return { settled: true };
    const names = left.map(({ path }) => path).join(', ');
    return {
      settled: false,
      reason: `the tool’s history does not hold what was applied: it would apply ${names} again`,
    };
  } catch (error) {
    // The tool itself would refuse to go on from there.
    if (!(error instanceof UserError)) throw error;
    return { settled: false, reason: error.message };
  } finally {
    await connection.close();
  }
}
