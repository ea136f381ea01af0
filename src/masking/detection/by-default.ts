import type { SourceColumn } from '../source.ts';
import type { Detection, PersonalClass } from './detection.ts';
import { findPersonal } from './find-personal.ts';
import { type Place, proposeStrategy } from './propose.ts';
import { isEmail } from './validators/patterns.ts';

/** Nobody else's values stand in a default: what it surely is, rows without a value of their own are. */
const CONFIDENCE = 0.9;

/** What a column's default is by its shape alone; undefined where nothing in it is personal for certain. */
export function detectDefault(column: SourceColumn, place: Place): Detection | undefined {
  const literals = [...(column.default ?? '').matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text);
  const [found] = literals.flatMap(findPersonal);
  if (found === undefined) return undefined;
  const isWhole = found.class !== 'email' || literals.some(isEmail);
  const kind: PersonalClass = isWhole ? found.class : 'free text';
  return {
    path: [],
    class: kind,
    confidence: CONFIDENCE,
    because: [`its default is or has ${found.because}`],
    strategy: proposeStrategy(kind, place),
  };
}
