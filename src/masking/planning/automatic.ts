import type { SourceColumn, SourceTable } from '../source.ts';
import type { Strategy } from '../strategy.ts';

const NOW =
  /^\(?(?:now\(\)|current_timestamp|transaction_timestamp\(\)|statement_timestamp\(\)|clock_timestamp\(\)|timezone\('utc'::text, now\(\)\)|\(?now\(\) at time zone 'utc'(?:::text)?\)?|\('now'::text\)::date|current_date|localtimestamp)\)?(?:::[a-z ]+)?$/i;
const SEQUENCE = /^nextval\('.*'(?:::text)?(?:::regclass|\)::regclass)\)$/is;
const RANDOM_UUID = /^(?:[\w"]+\.)?(?:gen_random_uuid|uuid_generate_v(?:1|1mc|4)|uuidv4|uuidv7)\(\)$/i;

/** Why a column cannot hold anything personal, whoever the rows are about; undefined when it could. */
export function clearByNature(table: SourceTable, column: SourceColumn): string | undefined {
  const { type, identity } = column;
  const byDefault = column.default ?? '';
  if (type.category === 'boolean') return 'boolean';
  if (type.category === 'enum') return 'one of an enum’s labels';
  if (type.category === 'integer' && (identity !== undefined || SEQUENCE.test(byDefault)))
    return 'numbered by a sequence';
  if (type.category === 'uuid' && isPrimaryKey(table, column) && RANDOM_UUID.test(byDefault))
    return 'random key';
  if (isMoment(column) && NOW.test(byDefault)) return 'time at which the row was written';
  return undefined;
}

function isMoment({ type }: SourceColumn): boolean {
  return type.category === 'timestamp' || type.category === 'date';
}

function isPrimaryKey(table: SourceTable, column: SourceColumn): boolean {
  return table.keys.some(
    ({ kind, parts: [first, ...others] }) =>
      kind === 'primary key' &&
      others.length === 0 &&
      first !== undefined &&
      'column' in first &&
      first.column === column.name,
  );
}

/** What `unknown: mask` makes of a column that nothing is known of, best first: the first that the column's type and keys bear is taken. */
export function maskByType({ type }: SourceColumn): readonly Strategy[] {
  switch (type.category) {
    case 'text':
      return [{ as: 'text' }, { as: 'code' }];
    case 'integer':
    case 'numeric':
      return [{ as: 'digits' }, { as: 'noise', ratio: 0.1 }];
    case 'float':
      return [{ as: 'noise', ratio: 0.1 }];
    case 'date':
    case 'timestamp':
      return [{ as: 'shift', days: 30 }];
    case 'uuid':
      return [{ as: 'uuid' }];
    case 'network':
      return [{ as: 'ip' }];
    case 'mac':
      return [{ as: 'mac' }];
    case 'bytes':
      return [{ as: 'bytes' }];
    case 'json':
      return [{ as: 'json', paths: [], otherwise: 'mask' }, { as: 'empty' }];
    case 'array':
    case 'hstore':
    case 'composite':
      return [{ as: 'elements', each: { as: 'text' } }, { as: 'empty' }];
    default:
      return [{ as: 'null' }, { as: 'empty' }];
  }
}
