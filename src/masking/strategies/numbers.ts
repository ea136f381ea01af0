import type { Bound, Bounds } from './checks.ts';
import { type Masked, maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, keyed, keyedText, number, op, steps } from './sql.ts';

const RANGES: Readonly<Record<string, readonly [low: string, high: string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
};

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
/** A share towards zero, for values at the end of their type's range. */
const towardsZero = (ratio: number): string =>
  op('*', cast(`'${-Math.min(ratio, 0.5)}'`, 'float8'), call('abs', 'b.s'));

/** b.v, a numeric, changed by its share b.f to `places`; by b.g where that would leave the range. */
function changedWithin(places: string, low: string | undefined, high: string | undefined): string {
  const by = (share: string): string => call('round', op('+', 'b.v', op('*', 'b.v', share)), places);
  const fits = [
    ...(low === undefined ? [] : [op('>=', by('b.f'), low)]),
    ...(high === undefined ? [] : [op('<=', by('b.f'), high)]),
  ];
  return fits.length === 0 ? by('b.f') : choose([[fits.join(' AND '), by('b.f')]], by('b.g'));
}

/** Between two ends, where there are ends. */
function between(value: string, low: string | undefined, high: string | undefined): string {
  const raised = low === undefined ? value : `GREATEST(${value}, ${low})`;
  return high === undefined ? raised : `LEAST(${raised}, ${high})`;
}

const readable = (bound: Bound | undefined): boolean => /^-?[0-9.]+$/.test(bound?.value ?? '');

/** The end as a number that is itself allowed, `step` away from one that is not. */
function end(bound: Bound | undefined, direction: '+' | '-', step: string): string | undefined {
  if (bound === undefined || !readable(bound)) return undefined;
  return bound.strict ? op(direction, exact(bound.value), step) : exact(bound.value);
}

function integerNoise({ value, type, domain }: Subject, ratio: number, bounds: Bounds): Masked {
  const [least, most] = RANGES[type.base] ?? ['', ''];
  const low = end(bounds.low, '+', '1');
  const high = end(bounds.high, '-', '1');
  const inRange = between(
    changedWithin('0', exact(least), exact(most)),
    low && call('ceil', low),
    high && call('floor', high),
  );
  const noisy = steps(
    [
      { v: cast(value, 'numeric'), h: keyed(domain, call('int8send', cast(value, 'int8'))) },
      { s: share },
      { f: cast(shareOf(ratio), 'numeric'), g: cast(towardsZero(ratio), 'numeric') },
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
  const inType = changedWithin('b.p', largest && `(OPERATOR(pg_catalog.-) ${largest})`, largest);
  const noisy = steps(
    [
      { v: cast(value, 'numeric') },
      { h: keyedText(domain, cast(call('trim_scale', 'b.v'), 'text')), p: call('scale', 'b.v') },
      { s: share },
      { f: cast(shareOf(ratio), 'numeric'), g: cast(towardsZero(ratio), 'numeric') },
    ],
    between(inType, end(bounds.low, '+', step), end(bounds.high, '-', step)),
  );
  const special = op('~', cast(value, 'text'), `'N|I'`);
  return maskedAs(choose([[`(${value} IS NULL OR ${special})`, cast(value, 'numeric')]], noisy));
}

const double = (digits: string): string => cast(`'${digits}'`, 'float8');
/** Largest finite number of a type, and what is so small that a share of it could be too small for the type. */
const FLOATS: Readonly<Record<string, readonly [largest: number, tiny: string]>> = {
  float4: [3.4e38, '1e-36'],
  float8: [1.79e308, '1e-300'],
};

/** Infinity, NaN and what is next to 0 stay; so does a value whose mask would reach an end that is not allowed itself. */
function floatNoise({ value, type, domain }: Subject, ratio: number, bounds: Bounds): Masked {
  const [largest, tiny] = FLOATS[type.base] ?? [3.4e38, '1e-36'];
  const size = call('abs', 'b.v');
  const by = (share: string): string => op('+', 'b.v', op('*', 'b.v', share));
  const [low, high] = [bounds.low, bounds.high].map((bound) => (readable(bound) ? bound : undefined));
  const reached = [
    ...(low?.strict ? [op('<=', 'b.w', double(low.value))] : []),
    ...(high?.strict ? [op('>=', 'b.w', double(high.value))] : []),
  ];
  const inside = between(
    'b.w',
    low && !low.strict ? double(low.value) : undefined,
    high && !high.strict ? double(high.value) : undefined,
  );
  const noisy = steps(
    [
      { v: cast(value, 'float8') },
      { h: keyed(domain, call('float8send', op('+', 'b.v', double('0')))) },
      { s: share },
      {
        w: choose(
          [
            [`(${op('<', size, double(tiny))} OR ${op('>', size, double(String(largest)))})`, 'b.v'],
            [op('<', size, double(String(largest / (1 + ratio)))), by(shareOf(ratio))],
          ],
          by(towardsZero(ratio)),
        ),
      },
    ],
    reached.length === 0 ? inside : choose([[reached.join(' OR '), 'b.v']], inside),
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
