import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { readEvidence } from '../evidence/read.ts';
import { EVIDENCE_VERSION, type Evidence } from '../evidence/schema.ts';
import { decideVerdict } from '../evidence/verdict.ts';
import type { World } from '../runner/world.ts';
import { version } from '../version.ts';
import type { LoadedPolicy } from './policy.ts';
import type { Setting } from './setting.ts';
import { starredEvidence } from './starred-evidence.ts';

/** The evidence of a run while it is being made; the verdict is decided each time it is written. */
export type Draft = Omit<Evidence, 'verdict'>;

export function evidencePath(world: World): string {
  return join(world.temporary, 'evidence.json');
}

export function startDraft(world: World, setting: Setting, policy: LoadedPolicy['facts']): Draft {
  const now = world.now().toISOString();
  return {
    version: EVIDENCE_VERSION,
    tool: { name: 'pullgres', version },
    run: { ...setting.run, startedAt: now, finishedAt: now },
    subject: setting.subject,
    policy,
  };
}

/** What earlier steps of this job recorded about the same commit, or a new draft. */
export async function openDraft(
  world: World,
  setting: Setting,
  policy: LoadedPolicy['facts'],
): Promise<Draft> {
  const fresh = startDraft(world, setting, policy);
  const text = await readFile(evidencePath(world), 'utf8').catch(() => undefined);
  if (text === undefined) return fresh;
  const earlier = readEvidence(text);
  const same = earlier.run.id === fresh.run.id && earlier.run.attempt === fresh.run.attempt;
  return same && earlier.subject.headSha === fresh.subject.headSha ? { ...earlier, policy } : fresh;
}

/** Writes the evidence with its verdict; whole or not at all. */
export async function saveDraft(world: World, draft: Draft): Promise<Evidence> {
  const finished = { ...draft, run: { ...draft.run, finishedAt: world.now().toISOString() } };
  const evidence = starredEvidence({ ...finished, verdict: decideVerdict(finished) });
  const path = evidencePath(world);
  await mkdir(world.temporary, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(evidence, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
  return evidence;
}

/**
 * Recorded evidence to report on, decided anew under `policy`. What it says of itself is not believed: it must be
 * about this very event's commit and pull request, and it may only ask for more than the policy, never for less.
 * @throws UserError when there is none, or when it is about something else.
 */
export async function readRecorded(
  world: World,
  setting: Setting,
  path: string | undefined,
  policy: LoadedPolicy['facts'],
): Promise<Evidence> {
  const from = path === undefined ? evidencePath(world) : join(world.workspace, path);
  const text = await readFile(from, 'utf8').catch((cause) => {
    throw new UserError(`There is no evidence to report on at ${from}.`, {
      hint: 'Let actions/lint, rehearse or test run earlier in this job, or download their evidence and name it.',
      cause,
    });
  });
  const { teardown: _, ...evidence } = readEvidence(text);
  refuseOther(evidence.subject, setting.subject, from);
  const required = [...new Set([...policy.required, ...evidence.policy.required])];
  return saveDraft(world, { ...evidence, subject: setting.subject, policy: { ...policy, required } });
}

function refuseOther(told: Evidence['subject'], own: Evidence['subject'], from: string): void {
  const keys = ['kind', 'repositoryId', 'pullRequest', 'headSha'] as const;
  const other = keys.find((key) => told[key] !== own[key]);
  if (other === undefined) return;
  const what = other === 'headSha' ? 'another commit' : `another ${other}`;
  throw new UserError(`The evidence at ${from} is about ${what} (${told[other]}, not ${own[other]}).`, {
    hint: 'Report on the evidence that this run recorded.',
  });
}
