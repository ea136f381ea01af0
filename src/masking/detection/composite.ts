import type { SourceTable, SourceType } from '../source.ts';
import type { Detection } from './detection.ts';
import { judge } from './judge.ts';
import { type Place, proposeStrategy } from './propose.ts';
import { surroundingsOf } from './surroundings.ts';

const ASKED = 0.5;

/** What the fields of a composite are by their names, as if it were a table of its own; undefined when none is personal. */
export function detectFields({ name }: SourceTable, place: Place): Detection | undefined {
  const { type } = place;
  const fields = type.category === 'composite' ? (type.fields ?? []) : [];
  const around = surroundingsOf(
    nameOf(type) ?? name,
    fields.map((field) => field.name),
  );
  const found = fields.flatMap((field) => {
    const inside = { type: field.type, notNull: false, unique: false };
    return judge({ name: field.name, around, place: inside, sample: undefined }, []) ?? [];
  });
  const sure = found
    .filter(({ confidence }) => confidence >= ASKED)
    .toSorted((a, b) => b.confidence - a.confidence);
  const [best] = sure;
  if (best === undefined) return undefined;
  const kinds = new Set(sure.map((one) => one.class));
  const strategy = proposeStrategy(kinds.size === 1 ? best.class : 'free text', place);
  const because = [`its fields say ${[...kinds].join(', ')}`];
  return { path: [], class: best.class, confidence: best.confidence, because, strategy };
}

function nameOf({ sql }: SourceType): string | undefined {
  return /([^."]+)"?$/.exec(sql)?.[1];
}
