import type { Strategy } from '../strategy.ts';
import { type Masked, maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, concat, op, quoted, text } from './sql.ts';

/** Masks a part of a value; given by the compiler, which knows all strategies. */
export type MaskPart = (strategy: Strategy, subject: Subject) => Outcome;

/** Each element of an array, each value of an hstore, each field of a composite that is text. */
export function maskElements(subject: Subject, each: Strategy, maskPart: MaskPart): Outcome {
  switch (subject.type.category) {
    case 'array':
      return arrayElements(subject, each, maskPart);
    case 'hstore':
      return hstoreValues(subject, each, maskPart);
    case 'composite':
      return compositeFields(subject, each, maskPart);
    default:
      return refuse(`${subject.type.sql} has no elements`, 'Write the strategy without `elements`.');
  }
}

const TOKENS = '"(?:[^"\\\\]|\\\\.)*"|[^{},"]+';

/**
 * Arrays of one dimension from 1 on are taken apart and put together. All others keep their dimensions and bounds because
 * the new elements are put into the array's own text: array_dims() = {…}.
 */
function arrayElements(subject: Subject, each: Strategy, maskPart: MaskPart): Outcome {
  const { value, type } = subject;
  if (type.element === undefined)
    return refuse(`the elements of ${type.sql} are unknown`, 'Use `null` or `empty`.');
  const part = maskPart(each, { ...subject, value: 'e.v', type: type.element });
  if ('refusal' in part) return part;
  const element = `CAST(${part.sql} AS ${type.element.sql})`;
  // In FROM, unnest gives a composite's fields as columns; among the results it does not (docs: 9.19, unnest).
  const rows = `FROM (SELECT pg_catalog.unnest(${value}) AS v,
    pg_catalog.generate_series(1, pg_catalog.cardinality(${value})) AS o) AS e`;
  const simple = `(SELECT pg_catalog.array_agg(${element} ORDER BY e.o) ${rows})`;
  const escaped = call(
    'replace',
    call('replace', cast(element, 'text'), text('\\'), text('\\\\')),
    `'"'`,
    text('\\"'),
  );
  const written = `COALESCE(${concat(`'"'`, escaped, `'"'`)}, 'NULL')`;
  const body = call('regexp_replace', cast(value, 'text'), `'^[^{]*='`, `''`);
  const template = call('regexp_replace', body, text(TOKENS), `'%s'`, `'g'`);
  const list = `(SELECT pg_catalog.array_agg(${written} ORDER BY e.o) ${rows})`;
  const filled = concat(call('array_dims', value), `'='`, `pg_catalog.format(${template}, VARIADIC ${list})`);
  const isSimple = `(${op('=', call('array_ndims', value), 1)} AND ${op('=', call('array_lower', value, 1), 1)})`;
  const plain = `CAST(${simple} AS ${bareArray(subject)})`;
  const sql = choose(
    [
      [`(${value} IS NULL)`, 'NULL'],
      [op('=', call('cardinality', value), 0), value],
      [isSimple, plain],
    ],
    `CAST(${filled} AS ${bareArray(subject)})`,
  );
  return ofParts(sql, [part]);
}

/** The array's type below its domain, if it is one. */
function bareArray({ type }: Subject): string {
  return type.domain === undefined ? type.sql : `${type.element?.sql ?? 'text'}[]`;
}

function hstoreValues(subject: Subject, each: Strategy, maskPart: MaskPart): Outcome {
  const { value, type } = subject;
  const plainText = { sql: 'text', base: 'text', baseSchema: 'pg_catalog', category: 'text' } as const;
  const part = maskPart(each, { ...subject, value: 'e.v', type: plainText });
  if ('refusal' in part) return part;
  const schema = quoted(type.baseSchema);
  const keys = 'pg_catalog.array_agg(e.k)';
  const values = `pg_catalog.array_agg(${cast(part.sql, 'text')})`;
  const filled = `(SELECT ${schema}.hstore(${keys}, ${values}) FROM ${schema}.each(${value}) AS e(k, v))`;
  const sql = choose([[`(${value} IS NOT NULL)`, `COALESCE(${filled}, ${value})`]], 'NULL');
  return ofParts(sql, [part]);
}

function compositeFields(subject: Subject, each: Strategy, maskPart: MaskPart): Outcome {
  const { value, type } = subject;
  const parts = (type.fields ?? []).map((field) => {
    const own = `(${value}).${quoted(field.name)}`;
    if (field.type.category !== 'text') return { sql: own, outcome: undefined };
    const outcome = maskPart(each, { ...subject, value: own, type: field.type });
    return { sql: 'refusal' in outcome ? own : `CAST(${outcome.sql} AS ${field.type.sql})`, outcome };
  });
  const outcomes = parts.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
  const refused = outcomes.find((outcome) => 'refusal' in outcome);
  if (refused !== undefined) return refused;
  if (outcomes.length === 0) {
    return refuse(`${type.sql} has no field that is text`, 'Use `null`, or `sql` with an expression.');
  }
  const row = `ROW(${parts.map(({ sql }) => sql).join(', ')})`;
  const sql = choose([[`(${value} IS NOT DISTINCT FROM NULL)`, 'NULL']], `CAST(${row} AS ${type.sql})`);
  const clear = (type.fields ?? []).filter((field) => field.type.category !== 'text').map(({ name }) => name);
  const note = clear.length > 0 ? [`Fields that are no text stay clear: ${clear.join(', ')}.`] : [];
  return ofParts(
    sql,
    outcomes.filter((outcome): outcome is Masked => !('refusal' in outcome)),
    note,
  );
}

function ofParts(sql: string, parts: readonly Masked[], notes: readonly string[] = []): Masked {
  const distinct = parts.every(({ distinctness }) => distinctness.kind === 'injective');
  return maskedAs(sql, {
    distinctness: distinct ? { kind: 'injective' } : { kind: 'none' },
    notes: [...notes, ...new Set(parts.flatMap((part) => part.notes))],
  });
}
