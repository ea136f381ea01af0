import { MODES, scoreOf } from '../test/fixtures/personal/score.ts';
import type { Row } from './timing.ts';

/** What test/masking/detection/score.test.ts holds, for names and values together. */
export const LEAST_PRECISION = 0.9;
export const LEAST_RECALL = 0.95;

const three = (share: number): string => share.toFixed(3);

/** Precision and recall of the detector on the labelled schemas, by what it may look at. */
export function* detectionRows(): Generator<Row> {
  for (const set of ['tuned', 'held-out'] as const) {
    for (const mode of MODES) {
      const { precision, recall, labelled, claimed, right, noticed } = scoreOf(set, mode);
      yield {
        what: `detection, ${set}, ${mode}`,
        measured: `precision ${three(precision)}, recall ${three(recall)}`,
        against: `${right} of ${claimed} claims right, ${labelled} personal, ${noticed} of them noticed`,
        ok: mode !== 'both' || (precision >= LEAST_PRECISION && recall >= LEAST_RECALL),
      };
    }
  }
}
