import type { Proved } from '../branching/refresh-baseline.ts';
import type { ProofCheck } from '../evidence/refresh-schema.ts';
import { signAttestation } from '../masking/attestation.ts';
import type { MaskKeys } from '../masking/keys.ts';
import { tableKey } from '../masking/source.ts';
import { schemaWords } from '../masking/verification/schema-words.ts';
import { sensitiveColumns } from '../masking/verification/sensitive.ts';
import type { CopyConnection } from '../postgres/copy.ts';
import { readDeparsedDdl } from '../refresh/deparsed-ddl.ts';
import { proveFidelity } from '../refresh/fidelity.ts';
import { type RefreshManifest, refreshManifest, schemaFingerprint } from '../refresh/manifest.ts';
import { pickNeedles } from '../refresh/needles.ts';
import { proveOverlap } from '../refresh/overlap.ts';
import type { TableRecord } from '../refresh/pipeline.ts';
import { prove } from '../refresh/prove.ts';
import { scanCopy } from '../refresh/scan.ts';
import { openSourceSession, openTargetSession } from '../refresh/source-session.ts';
import { proveStructure } from '../refresh/structure.ts';
import type { World } from '../runner/world.ts';
import { version } from '../version.ts';
import { manifestHash } from './baseline-manifest.ts';
import type { Building } from './refresh-build.ts';
import { RefusedRefresh } from './refresh-record.ts';

export type Proving = Building & {
  readonly keys: MaskKeys;
  readonly records: readonly TableRecord[];
  readonly profileHash: string;
};

const TOOL = `pullgres ${version}`;
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
      log.add({ manifest });
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

type Asked = { readonly checks: readonly ProofCheck[]; readonly needles: number; readonly bytes: number };

async function ask(world: World, proving: Proving, from: CopyConnection, into: CopyConnection): Promise<Asked> {
  const { prepared, records, keys, log } = proving;
  const { plan, ddl } = prepared;
  const checks: ProofCheck[] = [];
  const enter = (check: ProofCheck): void => {
    checks.push(check);
    log.add({ checks: [check] });
  };
  world.info('Proving the structure');
  const loaded = loadedOf(proving, records);
  enter(
    await prove(
      'structure',
      () => proveStructure({ plan, source: from, target: into, loaded, scrubbed: ddl.scrubbed }),
      clock,
    ),
  );
  const scanned = await scan(world, proving, from, into);
  enter(scanned.check);
  world.info('Holding the words of the result against those of the source');
  enter(
    await prove(
      'overlap',
      () => proveOverlap({ plan, source: from, target: into, settings: [...keys.settings.keys()] }),
      clock,
    ),
  );
  const { check, columns } = await fidelity(proving, into);
  enter(check);
  log.add({ fidelity: columns });
  return { checks, needles: scanned.needles, bytes: scanned.bytes };
}
