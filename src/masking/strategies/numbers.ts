import type { Bound, Bounds } from './checks.ts';
import { type Masked, maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, keyed, keyedText, number, op, steps } from './sql.ts';

const RANGES: Readonly<Record<string, readonly [low: string, high: string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
};
/** One less than the largest finite number of the type, to have room for a last place. */
const LARGEST: Readonly<Record<string, string>> = { float4: '3.4e38', float8: '1.79e308' };

/** From -1 to 1, of the hash b.h; 53 bits are what a double holds exactly. */
const share = op(
  '-',
  op('/', cast(number('b.h', 0, 53), 'float8'), `4503599627370496::pg_catalog.float8`),
  `1::pg_catalog.float8`,
);

/**
 * A number changed by a keyed share of itself, the same for the same number, kept in its type's range and in the range that
 * simple CHECK constraints allow. Order stays roughly; 0, NaN and infinity stay.
 */
export function maskNoise(subject: Subject, ratio: number, bounds: Bounds): Outcome {
  if (!(ratio > 0 && ratio <= 10)) {
    return refuse(`a noise ratio of ${ratio}`, 'Write a ratio above 0, at most 10: 0.1 is 10 %.');
  }
  switch (subject.type.category) {
    case 'integer':
      return integerNoise(subject, ratio, bounds);
    case 'numeric':
      return numericNoise(subject, ratio, bounds);
    case 'float':
      return floatNoise(subject, ratio, bounds);
    case 'interval':
      return intervalNoise(subject, ratio);
    default:
      return refuse(
        `\`noise\` changes numbers and intervals, not ${subject.type.sql}`,
        'Use `shift` for dates and times.',
      );
  }
}

const exact = (digits: string): string => cast(`'${digits}'`, 'numeric');
const shareOf = (ratio: number): string => op('*', cast(`'${ratio}'`, 'float8'), 'b.s');
/** b.v, a numeric, changed by its share. */
const changed = op('+', 'b.v', op('*', 'b.v', 'b.f'));

/** Between two ends, where there are ends. */
function between(value: string, low: string | undefined, high: string | undefined): string {
  const raised = low === undefined ? value : `GREATEST(${value}, ${low})`;
  return high === undefined ? raised : `LEAST(${raised}, ${high})`;
}

/** The end as a number that is itself allowed, `step` away from one that is not. */
function end(bound: Bound | undefined, direction: '+' | '-', step: string): string | undefined {
  if (bound === undefined || !/^-?[0-9.]+$/.test(bound.value)) return undefined;
  return bound.strict ? op(direction, exact(bound.value), step) : exact(bound.value);
}

function integerNoise({ value, type, domain }: Subject, ratio: number, bounds: Bounds): Masked {
  const [least, most] = RANGES[type.base] ?? ['', ''];
  const low = end(bounds.low, '+', '1');
  const high = end(bounds.high, '-', '1');
  const inRange = between(
    between(call('round', changed, 0), exact(least), exact(most)),
    low && call('ceil', low),
    high && call('floor', high),
  );
  const noisy = steps(
    [
      { v: cast(value, 'numeric'), h: keyed(domain, call('int8send', cast(value, 'int8'))) },
      { s: share },
      { f: cast(shareOf(ratio), 'numeric') },
    ],
    cast(inRange, 'int8'),
  );
  return maskedAs(choose([[`(${value} IS NOT NULL)`, noisy]], cast('NULL', 'int8')));
}

/** As many decimal places as the value has. GREATEST and LEAST skip NULL, so NULL is held apart. */
function numericNoise({ value, type, domain }: Subject, ratio: number, bounds: Bounds): Masked {
  const step = call('power', exact('10'), op('-', '0', cast('b.p', 'numeric')));
  const { precision, scale = 0 } = type;
  const largest =
    precision === undefined
      ? undefined
      : exact(
          `${'9'.repeat(Math.max(precision - scale, 0)) || '0'}${scale > 0 ? `.${'9'.repeat(scale)}` : ''}`,
        );
  const rounded = call('round', changed, 'b.p');
  const inType = between(rounded, largest && `(OPERATOR(pg_catalog.-) ${largest})`, largest);
  const noisy = steps(
    [
      { v: cast(value, 'numeric') },
      { h: keyedText(domain, cast(call('trim_scale', 'b.v'), 'text')), p: call('scale', 'b.v') },
      { s: share },
      { f: cast(shareOf(ratio), 'numeric') },
    ],
    between(inType, end(bounds.low, '+', step), end(bounds.high, '-', step)),
  );
  const special = op('~', cast(value, 'text'), `'N|I'`);
  return maskedAs(choose([[`(${value} IS NULL OR ${special})`, cast(value, 'numeric')]], noisy));
}

/** Beyond the finite range, infinity and NaN included, a value stays; at an open end too. */
function floatNoise({ value, type, domain }: Subject, ratio: number, bounds: Bounds): Masked {
  const largest = LARGEST[type.base] ?? LARGEST.float4;
  const finite = op(
    '<',
    op('*', call('abs', 'b.v'), cast(`'${1 + ratio}'`, 'float8')),
    cast(`'${largest}'`, 'float8'),
  );
  const small = op('<', call('abs', 'b.v'), cast(`'1e307'`, 'float8'));
  const limit = (bound: Bound | undefined): string | undefined =>
    bound && /^-?[0-9.]+$/.test(bound.value)
      ? bound.strict
        ? 'b.v'
        : cast(`'${bound.value}'`, 'float8')
      : undefined;
  const moved = op('+', 'b.v', op('*', 'b.v', shareOf(ratio)));
  const open = (bound: Bound | undefined, direction: '<=' | '>='): string[] =>
    bound?.strict && /^-?[0-9.]+$/.test(bound.value)
      ? [op(direction, 'b.w', cast(`'${bound.value}'`, 'float8'))]
      : [];
  const closed = between(
    'b.w',
    bounds.low?.strict ? undefined : limit(bounds.low),
    bounds.high?.strict ? undefined : limit(bounds.high),
  );
  const stays = [...open(bounds.low, '<='), ...open(bounds.high, '>=')];
  const noisy = steps(
    [
      { v: cast(value, 'float8') },
      { h: keyed(domain, call('float8send', op('+', 'b.v', cast(`'0'`, 'float8')))) },
      { s: share },
      { w: choose([[small, choose([[finite, moved]], 'b.v')]], 'b.v') },
    ],
    stays.length === 0 ? closed : choose([[stays.join(' OR '), 'b.v']], closed),
  );
  return maskedAs(choose([[`(${value} IS NOT NULL)`, noisy]], cast('NULL', 'float8')));
}

/** In whole microseconds of the interval's own parts; beyond 1,000 years it stays. */
function intervalNoise({ value, domain }: Subject, ratio: number): Masked {
  const edge = (sign: string): string => cast(`'${sign}1000 years'`, 'interval');
  const noisy = steps(
    [{ v: value, h: keyed(domain, call('interval_send', value)) }, { s: share }],
    op('*', 'b.v', op('+', `1::pg_catalog.float8`, shareOf(ratio))),
  );
  const inside = `(${op('>', value, edge('-'))} AND ${op('<', value, edge(''))})`;
  return maskedAs(choose([[inside, noisy]], value));
}
