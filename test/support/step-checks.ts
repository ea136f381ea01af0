import type { Masks } from './masks.ts';
import type { LogLine } from './step-log.ts';
import type { ProcessEnd } from './step-process.ts';

/** A step must be gone within this time after its work. Milliseconds. */
export const END_LIMIT_MS = 2_000;

/** `runAction` prints this debug line when its work is over, whatever the outcome. */
const finishedLine = /^::debug::pullgres [\w-]+: finished/;
/** `runAction` prints this when something still holds the process and it has to leave by force. */
const forcedLine = /^::debug::pullgres [\w-]+: still open/;

export type FinishWatch = {
  readonly accept: (line: string) => void;
  readonly finishedAt: () => number | undefined;
  readonly forced: () => string | undefined;
};

/** Looks for the lines by which our own actions say that their work is over. */
export function watchFinish(): FinishWatch {
  let finishedAt: number | undefined;
  let forced: string | undefined;
  return {
    accept: (line) => {
      if (finishedLine.test(line)) finishedAt ??= Date.now();
      if (forcedLine.test(line)) forced ??= line.slice('::debug::'.length);
    },
    finishedAt: () => finishedAt,
    forced: () => forced,
  };
}

/**
 * Problems of how the process ended. Its work counts as over at its `finished` line; an action that prints none
 * is measured from its last sign of life: the last line of output, the last write to a command file, or the last
 * signal that it was sent. A step that works silently for over 2 s and then exits without a sign is thus
 * reported: let it say what it does.
 */
export function endProblems(end: ProcessEnd, watch: FinishWatch, lastWriteAt: number): string[] {
  const problems: string[] = [];
  const last = end.sent.at(-1);
  const quietSince = watch.finishedAt() ?? Math.max(end.lastLineAt, lastWriteAt, last?.at ?? 0);
  const quietMs = end.exitedAt - quietSince;
  const forced = watch.forced();
  if (end.overLimit) problems.push('The step ran over its time limit and was killed');
  else if (last && last.signal !== 'SIGINT')
    problems.push(`The step ignored SIGINT: it ended only by ${last.signal}`);
  else if (last && end.exitedAt - last.at > END_LIMIT_MS)
    problems.push(`The step took ${end.exitedAt - last.at} ms to end after SIGINT`);
  if (quietMs > END_LIMIT_MS)
    problems.push(`The step did not end by itself: ${quietMs} ms between its last sign of life and its exit`);
  if (forced !== undefined) problems.push(`The step did not end by itself: ${forced}`);
  if (end.outputHeld) problems.push("A child process held the step's output open after the step had exited");
  return problems;
}

/** The text, its lines, and its percent-encoded form: any of them gives the secret away. */
function forms(secret: string): string[] {
  const lines = secret
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length > 3);
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [...new Set([secret, encoded, ...lines])].filter((form) => form.trim() !== '');
}

/**
 * Problems with `secrets`, which must never be printed, starred or not: a step that hides them itself does not
 * depend on the runner. A secret may leave only as a step output or state that is masked.
 */
export function secretProblems(
  secrets: readonly string[],
  printed: { readonly log: readonly LogLine[]; readonly summary: readonly LogLine[] },
  written: Readonly<Record<string, Readonly<Record<string, string>>>>,
  masks: Masks,
): string[] {
  const problems: string[] = [];
  for (const form of secrets.flatMap(forms)) {
    const hide = (text: string) => text.replaceAll(form, '***');
    for (const [place, lines] of Object.entries(printed)) {
      for (const [at, line] of lines.entries()) {
        if (line.mask || !line.raw.includes(form)) continue;
        const starred = line.shown === undefined || !line.shown.includes(form);
        const how = starred ? 'although it is masked' : 'without a mask';
        problems.push(`Line ${at + 1} of the ${place} prints a secret ${how}: ${hide(line.raw)}`);
      }
    }
    for (const [kind, pairs] of Object.entries(written)) {
      for (const [name, value] of Object.entries(pairs)) {
        if (masks.apply(value).includes(form))
          problems.push(`The ${kind} ${name} holds a secret that is not masked: ${hide(value)}`);
      }
    }
  }
  return problems;
}
