import { detectDefault } from './by-default.ts';
import { detectFields } from './composite.ts';
import type { Detection, DetectionInput } from './detection.ts';
import { dataNames, type PathValues, parseDocuments, parseValue, pathsOf, typeOfPath } from './documents.ts';
import { judge } from './judge.ts';
import { placeOf } from './propose.ts';
import { surroundingsOf, surroundingsOfTable } from './surroundings.ts';

const CLAIMED = 0.5;

/**
 * What a column seems to hold, the surest first: one entry for the column itself (path empty), or one for each path of its
 * JSON documents. Works from the schema alone; a sample makes it surer, or takes a claim back. A computed column has none:
 * it is computed again from what is masked.
 */
export function detect({ table, column, sample }: DetectionInput): readonly Detection[] {
  if (column.generated !== undefined) return [];
  const documents = documentsOf(column.type.category, sample?.values ?? []);
  if (documents !== undefined) return ofDocuments({ table, column, sample }, documents);
  if (column.type.category === 'json') return [unseen({ table, column })];
  const place = placeOf(table, column);
  const found = [
    judge({ name: column.name, around: surroundingsOfTable(table), place, sample }, []),
    detectFields(table, place),
    detectDefault(column, place),
  ].filter((one) => one !== undefined);
  return found.toSorted((a, b) => b.confidence - a.confidence).slice(0, 1);
}

function documentsOf(category: string, values: readonly string[]): readonly unknown[] | undefined {
  if (category === 'text') return parseDocuments(values);
  if (category !== 'json') return undefined;
  const parsed = values.flatMap((value) => parseValue(value) ?? []);
  return parsed.length > 0 ? parsed : undefined;
}

/** Documents can hold anything, so that somebody must say something of them. */
function unseen({ table, column }: DetectionInput): Detection {
  const named = judge(
    {
      name: column.name,
      around: surroundingsOfTable(table),
      place: { ...placeOf(table, column), type: { ...column.type, category: 'text' } },
      sample: undefined,
    },
    [],
  );
  return {
    path: [],
    class: 'free text',
    confidence: Math.max(CLAIMED, named?.confidence ?? 0),
    because: ['documents that nobody has looked into', ...(named?.because ?? [])],
    strategy: { as: 'json', paths: [], otherwise: 'mask' },
  };
}

function ofDocuments(input: DetectionInput, documents: readonly unknown[]): readonly Detection[] {
  return [
    ...ofNames(input, documents),
    ...pathsOf(documents).flatMap((one) => ofPath(input, one) ?? []),
  ].toSorted((a, b) => b.confidence - a.confidence);
}

/** Names of members stay what they are, whatever becomes of their values. */
function ofNames({ column }: DetectionInput, documents: readonly unknown[]): readonly Detection[] {
  const { personal, ids } = dataNames(documents);
  const count = personal > 0 ? personal : ids;
  if (count === 0) return [];
  const what = personal > 0 ? 'addresses or numbers of people' : 'ids';
  return [
    {
      path: [],
      class: personal > 0 ? 'email' : 'device id',
      confidence: personal > 0 ? 0.9 : 0.35,
      because: [
        `${count} of ${documents.length} documents have members named by ${what}, and no mask changes names`,
      ],
      inNames: true,
      strategy: { as: column.notNull ? 'empty' : 'null' },
    },
  ];
}

/** A path is judged as a column named by its last member, in a table named by the member around it. */
function ofPath({ table, column }: DetectionInput, found: PathValues): Detection | undefined {
  const members = found.path.filter((member) => member !== '*');
  const name = members.at(-1) ?? column.name;
  const owner = members.at(-2) ?? (members.length > 0 ? column.name : table.name);
  const around = surroundingsOf(owner, found.siblings.length > 0 ? found.siblings : [name]);
  const place = { type: typeOfPath(found.category), notNull: true, unique: false };
  return judge({ name, around, place, sample: { values: [...found.values], rows: found.rows } }, found.path);
}
