import type { TypeCategory } from '../source.ts';
import type { Bound, Bounds } from './checks.ts';
import { type Masked, maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, keyed, number, op, steps } from './sql.ts';

const MAXIMUM_DAYS = 100_000;
const DAY = 86_400_000_000n;

/** Where a shift could leave the type's range, it goes the other way (docs: 8.5, table 8.9). */
const SAFE = {
  date: ['4000-01-01 BC', '290000-01-01'],
  timestamp: ['4000-01-01 BC', '290000-01-01'],
} as const;

/** The instant as bytes, whatever DateStyle and TimeZone are. */
const BYTES: Readonly<Record<string, string>> = {
  date: 'date_send',
  timestamp: 'timestamp_send',
  timestamptz: 'timestamptz_send',
  time: 'time_send',
  timetz: 'timetz_send',
};

/**
 * A date or time moved by a keyed amount, the same for the same value, never by nothing: dates and midnights by whole
 * days, whole seconds by whole seconds, others by microseconds. Infinity stays.
 */
export function maskDate(subject: Subject, days: number): Outcome {
  if (!Number.isInteger(days) || days < 1 || days > MAXIMUM_DAYS) {
    return refuse(`a shift of ${days} days`, `Write a whole number of days from 1 to ${MAXIMUM_DAYS}.`);
  }
  const shifts: Partial<Record<TypeCategory, () => Masked>> = {
    date: () => dateShift(subject, days),
    timestamp: () => timestampShift(subject, days),
    time: () => timeShift(subject),
  };
  const shift = shifts[subject.type.category];
  if (shift !== undefined) return shift();
  return refuse(
    `\`shift\` moves dates and times, not ${subject.type.sql}`,
    'Use `noise` for numbers and intervals.',
  );
}

/** A keyed amount from -most to most, but not 0; `b.h` is the hash. */
function amount(most: bigint): string {
  const drawn = op(
    '-',
    op('%', number('b.h', 0, 62), `${2n * most}::pg_catalog.int8`),
    `${most}::pg_catalog.int8`,
  );
  return steps([{ a: drawn }], choose([[op('>=', 'b.a', 0), op('+', 'b.a', 1)]], 'b.a'));
}

/** The value of column `value` as it is to be moved: towards the middle where the type's range ends. */
function inward(low: string, high: string, delta: string): string {
  const absolute = call('abs', delta);
  return choose(
    [
      [op('<', 'b.v', low), absolute],
      [op('>', 'b.v', high), `(OPERATOR(pg_catalog.-) ${absolute})`],
    ],
    delta,
  );
}

function dateShift({ value, domain }: Subject, days: number): Masked {
  const [low, high] = SAFE.date.map((day) => cast(`'${day}'`, 'date')) as [string, string];
  return maskedAs(
    steps(
      [
        { v: cast(value, 'date') },
        { h: keyed(domain, call('date_send', 'b.v')) },
        { d: amount(BigInt(days)) },
      ],
      choose([[call('isfinite', 'b.v'), op('+', 'b.v', cast(inward(low, high, 'b.d'), 'int4'))]], 'b.v'),
    ),
  );
}

function timestampShift({ value, type, domain }: Subject, days: number): Masked {
  const base = type.base === 'timestamptz' ? 'timestamptz' : 'timestamp';
  const [low, high] = SAFE.timestamp.map((day) =>
    cast(`'${base === 'timestamptz' ? day.replace('01-01', '01-01 00:00:00+00') : day}'`, base),
  ) as [string, string];
  const zone = base === 'timestamptz' ? [`'UTC'`] : [];
  const isWhole = (unit: string): string => op('=', 'b.v', call('date_trunc', `'${unit}'`, 'b.v', ...zone));
  const unit = choose(
    [
      [isWhole('day'), `${DAY}::pg_catalog.int8`],
      [isWhole('second'), `1000000::pg_catalog.int8`],
    ],
    `1::pg_catalog.int8`,
  );
  const most = op('*', op('/', `${DAY}::pg_catalog.int8`, 'b.q'), days);
  const drawn = op('-', op('%', number('b.h', 0, 62), op('*', 2, 'b.w')), 'b.w');
  const moved = call(
    'make_interval',
    `secs => ${op('/', cast(inward(low, high, 'b.e'), 'float8'), `1000000::pg_catalog.float8`)}`,
  );
  return maskedAs(
    choose(
      [
        [
          call('isfinite', value),
          steps(
            [
              { v: cast(value, base) },
              { h: keyed(domain, call(BYTES[base] ?? '', 'b.v')), q: unit },
              { w: most },
              { d: drawn },
              { e: op('*', 'b.q', choose([[op('>=', 'b.d', 0), op('+', 'b.d', 1)]], 'b.d')) },
            ],
            op('+', 'b.v', moved),
          ),
        ],
      ],
      value,
    ),
  );
}

/** A time of day becomes another, in whole seconds where it has no fraction. */
function timeShift({ value, type, domain }: Subject): Masked {
  const base = type.base === 'timetz' ? 'timetz' : 'time';
  const seconds = op('+', 1, op('%', number('b.h', 0, 62), 86_399));
  return maskedAs(
    steps(
      [{ v: cast(value, base) }, { h: keyed(domain, call(BYTES[base] ?? '', 'b.v')) }],
      op('+', 'b.v', call('make_interval', `secs => ${cast(seconds, 'float8')}`)),
    ),
    { notes: ['A time of day is moved by up to a day, its fraction of a second stays.'] },
  );
}

/** Kept inside what simple CHECK constraints allow; an end that is not allowed itself gives way by the type's least step. */
export function clampedDates(masked: Masked, { type, value }: Subject, bounds: Bounds): Masked {
  const base = type.base;
  const step = base === 'date' ? '1' : `'1 microsecond'::pg_catalog.interval`;
  const end = (bound: Bound | undefined, direction: '+' | '-'): string[] => {
    if (bound === undefined || !/^[0-9][0-9.:+ -]*$/.test(bound.value)) return [];
    const edge = cast(`'${bound.value}'`, base);
    return [bound.strict ? op(direction, edge, step) : edge];
  };
  const [low] = end(bounds.low, '+');
  const [high] = end(bounds.high, '-');
  if (low === undefined && high === undefined) return masked;
  const raised = low === undefined ? masked.sql : `GREATEST(${masked.sql}, ${low})`;
  const inside = high === undefined ? raised : `LEAST(${raised}, ${high})`;
  return { ...masked, sql: choose([[`(${value} IS NOT NULL)`, inside]], 'NULL') };
}
