import type { SourceType } from '../source.ts';
import { type DataEvidence, evidenceOfData, FEWEST_VALUES, percent } from './by-data.ts';
import { type Evidence, evidenceOfName } from './by-name.ts';
import { canHold, evidenceOfType } from './by-type.ts';
import type { ColumnSample, Detection, PersonalClass } from './detection.ts';
import { embeddedCounts } from './embedded.ts';
import { grouped } from './group.ts';
import { evidenceOfPicture } from './pictures.ts';
import { isChoice, plausibleShare } from './plausible.ts';
import { type Place, proposeStrategy } from './propose.ts';
import type { Surroundings } from './surroundings.ts';

/** A column, or one path of a document as if it were a column. */
export type Subject = {
  readonly name: string;
  readonly around: Surroundings;
  readonly place: Place;
  readonly sample: ColumnSample | undefined;
};

/** Below this nothing is told at all. */
const LEAST = 0.3;
const CONTRADICTED = 0.35;
/** Two kinds of evidence never make it certain. */
const MOST = 0.99;

/** Of an array or hstore, what its elements are. */
function elementType(type: SourceType): SourceType {
  return type.category === 'array' && type.element ? elementType(type.element) : type;
}

function named({ name, around }: Subject, type: SourceType): readonly Evidence[] {
  const isKey = /(^|[_a-z])(id|Id|ID)$/.test(name) && ['integer', 'uuid'].includes(type.category);
  return evidenceOfName(name, around).filter(
    ({ class: kind }) =>
      canHold(type.category, kind) && !(isKey && kind !== 'national id' && kind !== 'secret'),
  );
}

const PERSONS_NAMES: readonly PersonalClass[] = ['given name', 'family name', 'full name'];
/** From here on a profile must say something about the column. */
const ASKED = 0.5;

/** A name's word counts for less where the values cannot be what it says, or are a list of choices. */
function weighed(evidence: Evidence, sample: ColumnSample | undefined): Evidence {
  if (sample === undefined || sample.values.length === 0) return evidence;
  const { class: kind, confidence, because } = evidence;
  if (isChoice(kind, sample.values.length, sample.rows)) {
    return {
      ...evidence,
      confidence: confidence * CONTRADICTED,
      because: `${because}, but only ${sample.values.length} different values are there`,
    };
  }
  const share = plausibleShare(kind, sample.values);
  if (sample.values.length < FEWEST_VALUES || share >= 0.3) return evidence;
  // Nothing but a look at them tells what people's names are not: such a column is still to be decided by a person.
  const least = PERSONS_NAMES.includes(kind) ? Math.min(confidence, ASKED) : 0;
  return {
    ...evidence,
    confidence: Math.max(least, confidence * CONTRADICTED),
    because: `${because}, but ${percent(1 - share)} of the values cannot be one`,
  };
}

const together = (confidences: readonly number[]): number =>
  Math.min(MOST, 1 - confidences.reduce((left, one) => left * (1 - one), 1));

const WORDS: Partial<Record<PersonalClass, string>> = {
  email: 'an e-mail address',
  'bank account': 'an IBAN',
  'payment card': 'a payment card number',
  'national id': 'a social security number',
  phone: 'a phone number',
  secret: 'a known secret',
};

/** Values with something personal inside: one in a note is enough, more make it surer. */
function evidenceOfContents(values: readonly string[]): readonly Evidence[] {
  return [...embeddedCounts(values)].map(([kind, count]) => ({
    from: 'contents' as const,
    class: 'free text' as const,
    confidence: Math.min(0.9, 0.6 + count / values.length),
    because: `${count} of ${values.length} values have ${WORDS[kind] ?? kind} inside`,
  }));
}

function evidenceOf(subject: Subject): { all: readonly Evidence[]; data: readonly DataEvidence[] } {
  const type = elementType(subject.place.type);
  const category = type.category === 'hstore' ? 'text' : type.category;
  const names = named(subject, type).map((one) => weighed(one, subject.sample));
  const values = subject.sample?.values ?? [];
  const told = names.filter(({ class: kind, confidence }) => kind !== 'secret' || confidence >= LEAST);
  const data = evidenceOfData(values, category, new Set(told.map((one) => one.class))).filter(
    ({ class: kind }) => canHold(type.category, kind),
  );
  const claimed =
    data.length > 0 || names.some(({ class: kind, confidence }) => confidence >= 0.5 && kind !== 'free text');
  const contents = category === 'text' && !claimed ? evidenceOfContents(values) : [];
  const pictures = type.category === 'bytes' ? evidenceOfPicture(subject.name, subject.around) : [];
  return { all: [...names, ...pictures, ...evidenceOfType(type), ...data, ...contents], data };
}

/**
 * The likeliest class of one subject. Confidence is the chance that at least one kind of evidence is right, were they
 * independent: 1 − ∏(1 − each), with one entry a kind (name, type, values, contents) for the class, at most 0.99. The
 * name's own part is the dictionary's strength, taken down by the words around it and by values that cannot be of the
 * class; the values' part is the share that passes a check times what chance leaves. They are weights that were tuned on
 * half of the fixture schemas, not measured probabilities.
 */
export function judge(subject: Subject, path: readonly string[]): Detection | undefined {
  const { all, data } = evidenceOf(subject);
  const classes = grouped(all, (one) => one.class);
  const judged = [...classes].map(([kind, group]) => ({ kind, ...verdictOf(group) }));
  const best = judged.toSorted((a, b) => b.confidence - a.confidence)[0];
  if (best === undefined || best.confidence < LEAST) return undefined;
  const validator = data.find((one) => one.class === best.kind)?.validator;
  return {
    path,
    class: best.kind,
    confidence: Math.round(best.confidence * 100) / 100,
    because: best.because,
    strategy: proposeStrategy(best.kind, subject.place, validator),
  };
}

/** Several validators of one class, or several finds inside of texts, are one kind of evidence: the strongest counts. */
function verdictOf(group: readonly Evidence[]): Pick<Detection, 'confidence' | 'because'> {
  const kinds = [...grouped(group, ({ from }) => from).values()];
  const strongest = kinds.map((kind) => Math.max(...kind.map(({ confidence }) => confidence)));
  // Of validators the one that fits best is told; of texts all that is in them.
  const told = kinds.flatMap((kind) => (kind[0]?.from === 'values' ? kind.slice(0, 1) : kind));
  return { confidence: together(strongest), because: told.map(({ because }) => because) };
}
