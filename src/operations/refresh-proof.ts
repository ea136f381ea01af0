import { randomInt } from 'node:crypto';
import type { Proved } from '../branching/refresh-baseline.ts';
import { UserError } from '../errors.ts';
import { manifestSchema } from '../evidence/manifest.ts';
import type { ProofCheck } from '../evidence/refresh-schema.ts';
import type { MaskKeys } from '../masking/keys.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import { schemaWords } from '../masking/verification/schema-words.ts';
import { sensitiveColumns } from '../masking/verification/sensitive.ts';
import type { Verdict } from '../masking/verification/verdicts.ts';
import type { CopyConnection } from '../postgres/copy.ts';
import { type ProveRows, proveRows } from '../refresh/carried.ts';
import { tableName } from '../refresh/copy-table.ts';
import { readDeparsedDdl } from '../refresh/deparsed-ddl.ts';
import { measureFidelity } from '../refresh/fidelity.ts';
import { pickNeedles } from '../refresh/needles.ts';
import { type OverlapWatch, watchOverlap } from '../refresh/overlap.ts';
import type { TableRecord } from '../refresh/pipeline.ts';
import { prove } from '../refresh/prove.ts';
import { readSourceSchema } from '../refresh/read-schema.ts';
import { scanCopy } from '../refresh/scan.ts';
import { openSourceSession, openTargetSession } from '../refresh/source-session.ts';
import { proveStructure } from '../refresh/structure.ts';
import { proveMasks } from '../refresh/unchanged.ts';
import type { World } from '../runner/world.ts';
import type { Building } from './refresh-build.ts';
import { RefusedRefresh } from './refresh-record.ts';
import { manifestOf, signed } from './refresh-sign.ts';

export type Proving = Building & {
  readonly keys: MaskKeys;
  readonly records: readonly TableRecord[];
  readonly profileHash: string;
};

const clock = (): number => performance.now();

/**
 * Asks the filled database everything that must hold before branches are made of it, and signs the answers.
 * @throws RefusedRefresh when any check is not proved.
 */
export async function proveRefresh(world: World, proving: Proving): Promise<Proved> {
  const { source, keys, site, log } = proving;
  const from = await openSourceSession(source, keys, world.signal);
  try {
    const into = await openTargetSession(site.administrator, world.signal);
    try {
      const proof = await ask(world, proving, from, into);
      const wrong = proof.checks.filter(({ status }) => status !== 'proved');
      if (wrong.length > 0) throw new RefusedRefresh(refusalOf(wrong));
      const manifest = manifestOf(proving);
      log.add({ manifest: manifestSchema.parse(manifest) });
      return signed(world, proving, proof, manifest);
    } finally {
      await into.close();
    }
  } finally {
    await from.close();
  }
}

function refusalOf(wrong: readonly ProofCheck[]): string {
  const names = wrong.map(({ name, status }) => `${name} (${status})`).join(', ');
  return `It is not proved clean: ${names}.`;
}

/** What the checks said, and how much was sought. */
export type Asked = {
  readonly checks: readonly ProofCheck[];
  readonly needles: number;
  readonly bytes: number;
};

async function ask(
  world: World,
  proving: Proving,
  from: CopyConnection,
  into: CopyConnection,
): Promise<Asked> {
  const { prepared, records, keys, log } = proving;
  const { plan, ddl } = prepared;
  const checks: ProofCheck[] = [];
  const enter = (check: ProofCheck): void => {
    checks.push(check);
    log.add({ checks: [check] });
  };
  world.info('Proving the structure');
  const loaded = loadedOf(plan, records);
  enter(
    await prove(
      'structure',
      () => proveStructure({ plan, source: from, target: into, loaded, scrubbed: ddl.scrubbed }),
      clock,
    ),
  );
  world.info('Trying the masks');
  enter(await prove('masks', () => proveMasks({ plan, source: from }), clock));
  world.info('Making rows anew');
  enter(await prove('rows', () => proveRows(rowsOf(proving, from, into)), clock));
  world.info('Taking fingerprints of the source’s words');
  let overlap: OverlapWatch | undefined;
  const gathered = await prove(
    'overlap',
    async () => {
      overlap = await watchOverlap({ plan, source: from, settings: [...keys.settings.keys()] });
      return overlap.verdict();
    },
    clock,
  );
  const scanned = await scan(world, proving, { from, into, overlap });
  enter(scanned.check);
  // The words were read with the rows; the time is that of the fingerprints.
  enter(overlap === undefined ? gathered : joined(gathered, overlap.verdict()));
  const compared = await prove('plans', () => comparePlans(proving, from, into), clock);
  // Without queries there is nothing that it could say no to; the scores are told beside the checks.
  if (compared.status !== 'proved' || proving.wish.profile.verify.queries.length > 0) enter(compared);
  return { checks, needles: scanned.needles, bytes: scanned.bytes };
}

function rowsOf(
  { prepared, source, records }: Proving,
  from: CopyConnection,
  into: CopyConnection,
): ProveRows {
  const { plan } = prepared;
  const pruned = new Map(
    [...loadedOf(plan, records)].map(([key, record]) => [
      key,
      (record.pruned ?? []).reduce((sum, { rows }) => sum + rows, 0),
    ]),
  );
  return { plan, schema: source.schema, source: from, target: into, pruned, seed: randomInt(2 ** 31) };
}

async function comparePlans(
  { source, wish, prepared, log }: Proving,
  from: CopyConnection,
  into: CopyConnection,
): Promise<Verdict> {
  const { queries } = wish.profile.verify;
  const after = await readSourceSchema(into);
  const request = { plan: prepared.plan, before: source.schema, after, queries, source: from, target: into };
  const { columns, verdict } = await measureFidelity(request);
  log.add({ fidelity: columns });
  return verdict;
}

function joined({ name, durationMs }: ProofCheck, { problems, ...verdict }: Verdict): ProofCheck {
  return { name, durationMs, ...verdict, problems: [...problems] };
}

type Sessions = {
  readonly from: CopyConnection;
  readonly into: CopyConnection;
  readonly overlap: OverlapWatch | undefined;
};

type Scanned = { readonly check: ProofCheck; readonly needles: number; readonly bytes: number };

/** Real values are held in memory for as long as they are sought, and overwritten then. */
async function scan(world: World, proving: Proving, { from, into, overlap }: Sessions): Promise<Scanned> {
  const { source, prepared, wish, log } = proving;
  const { plan } = prepared;
  world.info('Seeking real values in the result');
  let found = { needles: 0, bytes: 0 };
  const check = await prove(
    'bytes',
    async () => {
      const needles = await pickNeedles({
        session: from,
        columns: sensitiveColumns(plan),
        words: schemaWords(source.schema),
        canaries: canariesOf(world, wish.profile.verify.canaries),
        sample: wish.profile.verify.sample,
      });
      try {
        const ddl = await readDeparsedDdl(into);
        const result = await scanCopy({
          needles,
          plan,
          source: from,
          target: into,
          ddl,
          wholeCluster: false,
          watch: overlap,
        });
        found = result;
        return result.verdict;
      } finally {
        needles.wipe();
      }
    },
    clock,
  );
  log.add({ needles: found.needles, bytesScanned: found.bytes });
  return { check, ...found };
}

/** One a line. Throws UserError when the variable is not there: a proof without them would say more than it knows. */
function canariesOf({ environment }: World, name: string | undefined): readonly string[] {
  if (name === undefined) return [];
  const text = environment[name];
  if (text === undefined || text.trim() === '') {
    throw new UserError(`The profile names the variable ${name} for canaries, and it is not set.`, {
      hint: 'Set it to real values that must not be found, one a line, from a secret; or take verify.canaries out.',
    });
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function loadedOf({ tables }: MaskPlan, records: readonly TableRecord[]) {
  const byName = new Map(records.map((record) => [record.table, record]));
  return new Map(
    [...tables.values()].flatMap((plan) => {
      const record = byName.get(tableName(plan));
      return record ? [[plan.key, record] as const] : [];
    }),
  );
}
