import type { RehearsalRecord } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import { type Applied, applyExceptions } from '../policy/exceptions.ts';
import { unpredictedFindings } from '../rehearsal/unpredicted.ts';
import { UNPREDICTED_WORK } from '../rules/names.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { PostgresVersion, RelationKind } from '../sql/effect.ts';
import { inlineExceptions } from './inline-exceptions.ts';
import { lintChange } from './lint.ts';
import type { RehearseOptions } from './rehearse.ts';

const WITH_ROWS: readonly RelationKind[] = ['table', 'partitioned table', 'materialized view'];

function existing({ relations }: Catalog): ReadonlySet<string> {
  const held = [...relations.values()].filter(({ kind, isNew }) => !isNew && WITH_ROWS.includes(kind));
  return new Set(held.map(({ name }) => name));
}

/**
 * What the run showed and no rule explains, parted by the policy's exceptions. A rule that the policy has put off, or
 * waived, explains its statement all the same. `today` is a UTC day.
 */
export async function blockingWork(
  { plan, loaded, lint, catalog }: RehearseOptions,
  migrations: RehearsalRecord['migrations'],
  today: string,
): Promise<Applied> {
  const version = lint.postgresVersion as PostgresVersion;
  const policy = { ...loaded.policy, rules: {}, 'exceptions-in-files': false };
  const strict = { ...loaded, policy, exceptions: [] };
  const { findings: foreseen } = await lintChange({ plan, loaded: strict, version, catalog, today });
  const found = unpredictedFindings(migrations, {
    existing: existing(catalog),
    foreseen,
    statements: lint.statements,
    severity: loaded.policy.rules[UNPREDICTED_WORK] ?? 'error',
  });
  // The lint tells of an exception that has ended; that one waives nothing cannot be known from one run.
  const read = groupBy(lint.statements, ({ place }) => place.file);
  const inline = inlineExceptions(plan.added, (path) => read.get(path) ?? [], loaded).exceptions;
  const exceptions = [...loaded.exceptions, ...inline].filter(
    ({ rule, until }) => rule === UNPREDICTED_WORK && today <= until,
  );
  const { findings, accepted } = applyExceptions(found, exceptions, today);
  return { findings: findings.filter(({ rule }) => rule === UNPREDICTED_WORK), accepted };
}
