import type { SourceType } from '../source.ts';
import type { Strategy } from '../strategy.ts';
import { maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, concat, keyed, number, op, steps } from './sql.ts';

const DAY_SECONDS = 86_400;
const MARGIN = {
  int4range: ['-2000000000', '2000000000'],
  int8range: ['-9000000000000000000', '9000000000000000000'],
} as const;

/** Both ends moved by the same keyed amount, so that no range turns over. */
export function maskRange(subject: Subject, strategy: Strategy & { as: 'shift' | 'noise' }): Outcome {
  const { value, type, domain } = subject;
  const moved = strategy.as === 'shift' ? dateEnds(type, strategy.days) : numberEnds(type, strategy.ratio);
  if (moved === undefined) {
    return refuse(
      `\`${strategy.as}\` does not fit ${type.sql}`,
      'Use `shift` for ranges of dates and times, `noise` for ranges of numbers.',
    );
  }
  const flags = concat(
    choose([[call('lower_inc', 'b.v'), `'['`]], `'('`),
    choose([[call('upper_inc', 'b.v'), `']'`]], `')'`),
  );
  const sql = steps(
    [
      { v: value, h: keyed(domain, call('textsend', cast(value, 'text'))) },
      {
        s: op(
          '-',
          op('/', cast(number('b.h', 0, 53), 'float8'), `4503599627370496::pg_catalog.float8`),
          `1::pg_catalog.float8`,
        ),
      },
      { d: moved.amount, l: call('lower', 'b.v'), u: call('upper', 'b.v') },
    ],
    choose(
      [[`(b.v IS NULL OR ${call('isempty', 'b.v')})`, 'b.v']],
      call(type.base, moved.end('b.l'), moved.end('b.u'), flags),
    ),
  );
  return maskedAs(sql, {
    notes: ['Ranges move as a whole: an exclusion constraint decides when the rows are there.'],
  });
}

type Ends = { readonly amount: string; readonly end: (end: string) => string };

function dateEnds({ base }: SourceType, days: number): Ends | undefined {
  if (!['daterange', 'tsrange', 'tstzrange'].includes(base)) return undefined;
  const share = op('*', 'b.s', `${days}::pg_catalog.float8`);
  const inType = (end: string, kind: string, then: string): string =>
    choose(
      [
        [
          `(${op('>', end, cast(`'4000-01-01 BC'`, kind))} AND ${op('<', end, cast(`'290000-01-01'`, kind))})`,
          then,
        ],
      ],
      end,
    );
  const kind = { daterange: 'date', tsrange: 'timestamp', tstzrange: 'timestamptz' }[base] ?? 'date';
  if (kind === 'date') {
    const whole = op(
      '+',
      cast(call('trunc', share), 'int4'),
      choose([[op('<', 'b.s', cast(`'0'`, 'float8')), '-1']], '1'),
    );
    return { amount: whole, end: (end) => inType(end, kind, op('+', end, 'b.d')) };
  }
  const amount = call(
    'make_interval',
    `secs => ${call('trunc', op('*', share, `${DAY_SECONDS}::pg_catalog.float8`))}`,
  );
  return { amount, end: (end) => inType(end, kind, op('+', end, 'b.d')) };
}

function numberEnds({ base }: SourceType, ratio: number): Ends | undefined {
  const either = cast(`COALESCE(${call('lower', 'b.v')}, ${call('upper', 'b.v')})`, 'float8');
  const share = op('*', op('*', 'b.s', cast(`'${ratio}'`, 'float8')), either);
  if (base === 'numrange') {
    return {
      amount: call('round', cast(share, 'numeric'), 2),
      end: (end) => op('+', end, 'b.d'),
    };
  }
  const margin = MARGIN[base as keyof typeof MARGIN];
  if (margin === undefined) return undefined;
  const kind = base === 'int4range' ? 'int4' : 'int8';
  const [low, high] = margin.map((edge) => cast(`'${edge}'`, kind)) as [string, string];
  const fits = (end: string): string => `(COALESCE(${end}, 0) BETWEEN ${low} AND ${high})`;
  const bounded = `GREATEST(LEAST(${call('round', share)}, '100000000'::pg_catalog.float8), '-100000000'::pg_catalog.float8)`;
  const both = `(${fits(call('lower', 'b.v'))} AND ${fits(call('upper', 'b.v'))})`;
  return {
    amount: choose([[both, cast(bounded, kind)]], cast('0', kind)),
    end: (end) => op('+', end, 'b.d'),
  };
}
