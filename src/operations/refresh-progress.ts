import { byteWords } from '../byte-words.ts';
import type { OnRefreshProgress } from '../refresh/progress.ts';
import { durationWords } from '../report/words.ts';
import type { World } from '../runner/world.ts';

/** A log that is read later needs no line a second. */
const EVERY_MS = 5_000;

/** Tells the log how far a refresh is: each step's beginning, and then a line every few seconds. */
export function progressLine(world: World): OnRefreshProgress {
  let last = { step: '', at: Number.NEGATIVE_INFINITY };
  return ({ step, done, total, bytes, bytesPerSecond, secondsLeft, at }) => {
    const now = performance.now();
    if (step === last.step && now - last.at < EVERY_MS) return;
    last = { step, at: now };
    const parts = [
      total === undefined ? `${done} done` : `${done} of ${total}`,
      ...(bytes > 0 ? [`${byteWords(bytes)} at ${byteWords(bytesPerSecond)}/s`] : []),
      ...(secondsLeft === undefined ? [] : [`about ${durationWords(secondsLeft * 1000)} left`]),
      ...(at === undefined ? [] : [at]),
    ];
    world.info(`Refresh, ${step}: ${parts.join(', ')}`);
  };
}
