import { UserError } from '../../errors.ts';
import { checkExpression } from '../expression.ts';
import type { SourceType, TypeCategory } from '../source.ts';
import { maskedAs, NONE, type Outcome, refuse, type Subject, TRUSTED } from './masked.ts';
import { choose, quoted, text } from './sql.ts';

/** The empty value of a type, as its input function reads it. */
const EMPTY: Partial<Record<TypeCategory, string>> = {
  text: '',
  integer: '0',
  numeric: '0',
  float: '0',
  boolean: 'false',
  date: '2000-01-01',
  timestamp: '2000-01-01',
  time: '00:00',
  interval: '0',
  uuid: '00000000-0000-0000-0000-000000000000',
  network: '0.0.0.0',
  json: '{}',
  bytes: '',
  array: '{}',
  hstore: '',
  range: 'empty',
  tsvector: '',
};

export function emptyOf(type: SourceType): string | undefined {
  if (type.category === 'enum') return type.labels?.[0];
  if (type.category === 'mac')
    return type.base === 'macaddr8' ? '00:00:00:00:00:00:00:00' : '00:00:00:00:00:00';
  return EMPTY[type.category];
}

/** The same constant for every value; NULL stays. */
export function maskConstant(subject: Subject, value: string | undefined): Outcome {
  if (value === undefined) {
    return refuse(`${subject.type.sql} has no empty value`, 'Use `null`, or `set` with a value.');
  }
  if (value.includes('\0')) return refuse('a constant with a NUL character', 'Leave the NUL out.');
  const limit = subject.type.maximumLength;
  if (subject.type.category === 'text' && limit !== undefined && [...value].length > limit) {
    return refuse(
      `a constant of ${[...value].length} characters in a column of ${limit}`,
      'Write a shorter one.',
    );
  }
  const constant = `CAST(${text(value).replace('::pg_catalog.text', '')} AS ${subject.type.sql})`;
  const sql = choose([[`(${subject.value} IS NOT DISTINCT FROM NULL)`, 'NULL']], constant);
  return maskedAs(sql, { foldsCase: true, keeps: TRUSTED });
}

export function maskNull({ column, type }: Subject): Outcome {
  if (column.notNull || type.domain?.notNull) {
    return refuse('the column is NOT NULL', 'Use `empty`, or `set` with a value.');
  }
  return maskedAs(`CAST(NULL AS ${type.sql})`, { foldsCase: true, keeps: TRUSTED, distinctness: NONE });
}

/** A checked expression: over the row's columns as they are (`sql`), or as they are after masking (`derive`). */
export function maskExpression(subject: Subject, expression: string, derived: boolean): Outcome {
  const { table, column, masked } = subject;
  const columns = table.columns.map(({ name }) => name).filter((name) => !derived || name !== column.name);
  try {
    const read = (name: string): string => (derived ? (masked.get(name) ?? quoted(name)) : quoted(name));
    const { sql } = checkExpression(expression, { columns, read, textSearch: derived });
    return maskedAs(sql, {
      keeps: TRUSTED,
      notes: [
        'The expression answers for its CHECK and unique constraints: they decide when the rows are there.',
      ],
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refuse(error.message.replace(/\.$/, ''), error.hint ?? 'Change the expression.');
  }
}
