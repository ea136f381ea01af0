import type { Manifest } from '../evidence/manifest.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import { withAgreement } from '../rehearsal/agreement.ts';
import { OVER_BUDGET } from '../rehearsal/budgets.ts';
import { joinContention } from '../rehearsal/contention/join.ts';
import type { Rates } from '../rehearsal/contention/targets.ts';
import { observedFindings } from '../rehearsal/observed-findings.ts';
import { preflightFindings } from '../rehearsal/preflight-findings.ts';
import { refutedFindings } from '../rehearsal/refuted.ts';
import type { RehearsalResult } from '../rehearsal/rehearse.ts';
import type { Sizes } from '../rehearsal/sizes.ts';
import { MASKING_RULES, REHEARSAL_RULES } from '../rules/names.ts';
import { blockingWork } from './blocking-work.ts';
import type { Compared } from './compare-schemas.ts';
import { budgetFindingsOf, deployOf, scaleOf } from './measured.ts';
import type { RehearseOptions } from './rehearse.ts';
import { weighedFindings } from './weighed-findings.ts';

/** What a rehearsal measured. */
export type Run = RehearsalResult & Pick<RehearsalRecord, 'contention'>;

/** What is known of production's tables, and of the branch's. */
export type Production = {
  readonly manifest: Manifest | undefined;
  readonly sizes: Sizes;
  readonly rates: Rates;
};

/** All that is said of a run, and of what an earlier push ran on the same branch. `today` is a UTC day. */
export async function rehearsalRecord(
  options: RehearseOptions,
  { result: run, ...compared }: Compared,
  production: Production,
  today: string,
): Promise<RehearsalRecord> {
  const { lint, catalog, earlier } = options;
  const before = earlier?.record;
  const runs = [...(before?.migrations ?? []), ...run.migrations];
  const migrations = withAgreement(runs, lint.statements, { relations: new Set(catalog.relations.keys()) });
  const { confirmed, refuted } = held(options, migrations);
  const scale = scaleOf(options, migrations, production);
  const raw = [
    ...kept(before),
    ...run.findings,
    ...compared.findings,
    ...preflightFindings(run.migrations),
    ...budgetFindingsOf(options, migrations, scale),
  ];
  const unpredicted = await blockingWork(options, migrations, today);
  const weighed = weighedFindings(options, raw, today);
  return {
    ...statusOf(run, compared),
    migrations,
    findings: [...confirmed, ...unpredicted.findings, ...weighed.findings],
    accepted: [...unpredicted.accepted, ...weighed.accepted],
    refuted,
    contention: run.contention ? joinContention(before?.contention, run.contention) : before?.contention,
    scale,
    deploy: deployOf(options, migrations, production, run.status === 'passed'),
    ...schemaOf(before, compared),
  };
}

/** A tool that would apply the same again has not been served. */
function statusOf({ status, reason }: Run, compared: Omit<Compared, 'result'>) {
  if (status === 'passed' && compared.settled === false && !compared.mustReset)
    return { status: 'failed' as const, reason: compared.reason };
  return { status, ...(reason === undefined ? {} : { reason }) };
}

function schemaOf(
  before: RehearsalRecord | undefined,
  { schema, settled }: Omit<Compared, 'result'>,
): Pick<RehearsalRecord, 'schema' | 'settled'> {
  const both = schema && [...(before?.schema ?? []), ...schema];
  return { ...(both && { schema: both }), ...(settled === undefined ? {} : { settled }) };
}

/** The predicted findings that the run showed, and those that it disproved. */
function held(
  { lint, serverVersion }: RehearseOptions,
  migrations: RehearsalRecord['migrations'],
): Pick<RehearsalRecord, 'refuted'> & { readonly confirmed: RehearsalRecord['findings'] } {
  // On another version the server may rightly do what the judged one would not.
  const refuted = serverVersion === lint.postgresVersion ? refutedFindings(lint, migrations) : [];
  const disproved = new Set(refuted.map(({ finding }) => finding));
  // What a column's mask lacks, no lock shows.
  const isShown = (rule: string) => !MASKING_RULES.some((name) => name === rule);
  const open = lint.findings.filter((finding) => !disproved.has(finding) && isShown(finding.rule));
  return { refuted, confirmed: observedFindings(open, migrations) };
}

/** What an earlier push found by measurement and no figure of the runs tells again. */
function kept(before: RehearsalRecord | undefined): RehearsalRecord['findings'] {
  const accepted = (before?.accepted ?? []).map(({ finding }) => finding);
  return [...(before?.findings ?? []), ...accepted].filter(
    ({ rule }) => rule !== OVER_BUDGET && REHEARSAL_RULES.some((known) => known === rule),
  );
}
