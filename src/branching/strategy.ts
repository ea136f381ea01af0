import { byteWords } from '../byte-words.ts';
import { type CopySize, type Measurement, predictMs } from './copy-model.ts';
import type { Copy, CopyStrategy } from './provider.ts';
import { MEGABYTE, predictedNeed, requiredSpace, type Space, STRATEGY_WORDS, shortage } from './space.ts';

/** What a strategy is chosen from. */
export type TemplateFacts = {
  /** Postgres' major version. */
  readonly serverVersion: number;
  /** Logical size. */
  readonly bytes: number;
  /** Undefined where they cannot be counted: then they are estimated from the bytes. */
  readonly files?: number | undefined;
  /** What a checkpoint would write now, of all databases; undefined where the server does not tell. */
  readonly dirtyBytes?: number | undefined;
  readonly reflink: Copy['reflink'];
  /** What was tried, or why nothing could be: a clause. */
  readonly reflinkWhy: string;
  /** Why this server takes no `file_copy_method = clone`; undefined when it does. */
  readonly cloneRefused?: string | undefined;
  /** Undefined where the server's disk cannot be seen. */
  readonly space?: Space | undefined;
  /** Where the server's data stands on this machine; undefined where it cannot be seen. */
  readonly directory?: string | undefined;
  /** This server's copies, newest first. */
  readonly past: readonly Measurement[];
};

export type Chosen = Pick<Copy, 'strategy' | 'why' | 'predictedMs' | 'predictedBytes'>;

/** The catalogs of an empty database are some 300 files; beyond them, a file for each 2 MB is a guess that errs towards many. */
const CATALOG_FILES = 300;
const BYTES_A_FILE = 2 * MEGABYTE;

/** The facts as the model takes them. */
export function copySize({ bytes, files, dirtyBytes }: TemplateFacts): CopySize {
  return {
    bytes,
    files: files ?? CATALOG_FILES + Math.round(bytes / BYTES_A_FILE),
    dirtyBytes: dirtyBytes ?? 0,
  };
}

type Candidate = Chosen & { readonly fits: boolean };

function candidate(strategy: CopyStrategy, facts: TemplateFacts): Candidate {
  const size = copySize(facts);
  const { data, wal } = predictedNeed(strategy, size);
  return {
    strategy,
    why: '',
    predictedMs: predictMs(strategy, size, facts.past),
    predictedBytes: data + wal,
    fits: facts.space === undefined || shortage(facts.space, requiredSpace(strategy, size)) === undefined,
  };
}

/** Why files are not cloned; undefined when they can be. */
function noClone(facts: TemplateFacts): string | undefined {
  if (facts.serverVersion < 18) return `Postgres ${facts.serverVersion} cannot clone files`;
  return facts.cloneRefused ?? (facts.reflink === 'proved' ? undefined : facts.reflinkWhy);
}

/** A clone may be this much slower than the fastest and is still taken, for it leaves the disk and the log alone. */
const CLONE_PATIENCE = { factor: 1.25, ms: 50 };

function best(candidates: readonly Candidate[]): Candidate | undefined {
  const fastest = candidates.toSorted((a, b) => a.predictedMs - b.predictedMs)[0];
  const clone = candidates.find(({ strategy }) => strategy === 'clone');
  if (!fastest || !clone) return fastest;
  const patience = fastest.predictedMs * CLONE_PATIENCE.factor + CLONE_PATIENCE.ms;
  return clone.predictedMs <= patience ? clone : fastest;
}

/**
 * How to copy: the fastest way that fits on the disk, by the measured model. Before Postgres 15 there is only one, which
 * copies files. Files are cloned only where it was proved that they share blocks: elsewhere the server would copy them
 * and say nothing. When nothing fits, the one that takes least, which `preflight.ts` then refuses.
 */
export function chooseStrategy(facts: TemplateFacts): Chosen {
  const refused = noClone(facts);
  const known: CopyStrategy[] = facts.serverVersion < 15 ? ['file-copy'] : ['wal-log', 'file-copy'];
  if (refused === undefined) known.push('clone');
  const candidates = known.map((strategy) => candidate(strategy, facts));
  const least = candidates.toSorted((a, b) => a.predictedBytes - b.predictedBytes)[0];
  const chosen = best(candidates.filter(({ fits }) => fits)) ?? least;
  if (!chosen) throw new Error('no strategy is known');
  const { strategy, predictedMs, predictedBytes } = chosen;
  return { strategy, predictedMs, predictedBytes, why: explain(chosen, candidates, facts, refused) };
}

function foreseen({ strategy, predictedMs, predictedBytes }: Candidate): string {
  return `${STRATEGY_WORDS[strategy]} about ${Math.round(predictedMs)} ms and ${byteWords(predictedBytes)} of disk`;
}

/** A copy may need less than is free and still not fit, because of the reserve and the margin of a clone. */
function roomWords({ strategy, fits }: Candidate, facts: TemplateFacts): string {
  const { space } = facts;
  const short = fits || !space ? undefined : shortage(space, requiredSpace(strategy, copySize(facts)));
  if (!short) return '';
  if (short.needed > short.free) return ', more than is free';
  return `, more than the ${byteWords(short.free)} that are free less the reserve of ${byteWords(short.reserve)} for the rest of the server`;
}

function explain(
  chosen: Candidate,
  candidates: readonly Candidate[],
  facts: TemplateFacts,
  refused: string | undefined,
): string {
  const others = candidates.filter((each) => each !== chosen);
  const files =
    facts.files === undefined ? `some ${copySize(facts).files} files, not counted` : `${facts.files} files`;
  const parts = [
    `${byteWords(facts.bytes)} in ${files} take ${foreseen(chosen)}${roomWords(chosen, facts)}`,
    ...others.map((each) => foreseen(each) + roomWords(each, facts)),
    ...(facts.serverVersion < 15 ? [`Postgres ${facts.serverVersion} knows no other way`] : []),
    ...(refused === undefined || facts.serverVersion < 15 ? [] : [`nothing is cloned, for ${refused}`]),
  ];
  return `${parts.join('; ')}.`;
}

/** Less than this is lost in the noise: a busy machine, another database's writes, a segment of the log. */
const NOISE_MS = 100;
const NOISE_BYTES = 64 * MEGABYTE;

const isOver = (actual: number, predicted: number, noise: number): boolean =>
  actual > 2 * Math.max(predicted, noise);

/**
 * Whether the copy took more than twice or less than half of the time foreseen, or more than twice of the disk. Anything
 * up to 100 ms and 64 MB counts as equal; less disk does too, because the log is written into segments that are there.
 */
export function isModelOff(copy: Copy): boolean {
  const { time, disk } = offBy(copy);
  return time || disk;
}

function offBy({ actualMs, predictedMs, actualBytes = 0, predictedBytes }: Copy) {
  return {
    time: isOver(actualMs, predictedMs, NOISE_MS) || isOver(predictedMs, actualMs, NOISE_MS),
    disk: isOver(actualBytes, predictedBytes, NOISE_BYTES),
  };
}

/** What a copy took where that is not what was foreseen, in a sentence; only what is off is named. */
export function offText(copy: Copy): string {
  const { time, disk } = offBy(copy);
  const { predictedMs, actualMs, predictedBytes, actualBytes = 0 } = copy;
  const parts = [
    ...(time ? [`${Math.round(actualMs)} ms, not ${Math.round(predictedMs)} ms`] : []),
    ...(disk ? [`${byteWords(actualBytes)} of disk, not ${byteWords(predictedBytes)}`] : []),
  ];
  return `The copy took ${parts.join(', and ')} as foreseen.`;
}
