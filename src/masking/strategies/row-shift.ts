import { maskDate } from './dates.ts';
import { maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, keyed, number, op, quoted, steps } from './sql.ts';

/** Beyond these a shift could leave the type's range (docs: 8.5, table 8.9). */
const SAFE = ['4000-01-01 BC', '290000-01-01'] as const;

/**
 * A date or timestamp moved by whole days that depend on another column of the row, as it is in the source, and not on the
 * value: dates of one row that go by the same column and days keep their order and what lies between them. Never by
 * nothing. Infinity stays, and so do the years in which a type ends.
 */
export function shiftBy(subject: Subject, days: number, by: string): Outcome {
  const { value, type, domain, column, table } = subject;
  const plain = maskDate(subject, days);
  if ('refusal' in plain) return plain;
  if (type.category === 'time' || value !== quoted(column.name))
    return refuse('`by` is for whole columns of dates and timestamps', 'Leave `by` out.');
  const other = table.columns.find(({ name }) => name === by);
  if (other === undefined || other.generated !== undefined || by === column.name)
    return refuse(
      `\`by\` names ${by}, which is no other plain column of the table`,
      'Name one, such as its key.',
    );
  const base = type.category === 'date' ? 'date' : type.base === 'timestamptz' ? 'timestamptz' : 'timestamp';
  // `format` and not a cast: a cast to text may be a function that anybody wrote.
  const seed = call('textsend', call('format', `'%s'`, quoted(by)));
  const drawn = op(
    '-',
    op('%', number('b.h', 0, 62), `${2 * days}::pg_catalog.int8`),
    `${days}::pg_catalog.int8`,
  );
  const isSafe = `(${op('>=', 'b.v', cast(`'${SAFE[0]}'`, base))} AND ${op('<=', 'b.v', cast(`'${SAFE[1]}'`, base))})`;
  const count = cast(choose([[op('>=', 'b.d', 0), op('+', 'b.d', 1)]], 'b.d'), 'int4');
  const moved = op('+', 'b.v', base === 'date' ? count : call('make_interval', `days => ${count}`));
  return maskedAs(
    choose(
      [
        [
          `(${value} IS NOT NULL)`,
          steps(
            [{ v: cast(value, base), h: keyed(domain, seed, 'row shift') }, { d: drawn }],
            choose([[isSafe, moved]], 'b.v'),
          ),
        ],
      ],
      'NULL',
    ),
    {
      keeps: { ...plain.keeps, trusted: true },
      notes: [`What lies between dates of a row that are shifted by ${by} stays as it is.`],
    },
  );
}
