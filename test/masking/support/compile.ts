import type { CompileStrategy } from '../../../src/masking/planning/compile.ts';
import type { Distinctness } from '../../../src/masking/strategy.ts';

const KINDS: Readonly<Record<string, Distinctness>> = {
  email: { kind: 'hash', bits: 80 },
  username: { kind: 'hash', bits: 40 },
  phone: { kind: 'injective' },
  digits: { kind: 'injective' },
  code: { kind: 'injective' },
  uuid: { kind: 'injective' },
};

/** Says of strategies what the real compiler may say, with SQL that shows what it was asked for. */
export const compile: CompileStrategy = (strategy, { column, domain, masked }) => {
  if (strategy.as === 'null' && column.notNull) {
    return { refusal: { why: 'the column takes no NULL', remedy: 'Write empty.' } };
  }
  if (['text', 'email', 'code'].includes(strategy.as) && column.type.category !== 'text') {
    return { refusal: { why: `not for ${column.type.sql}`, remedy: 'Choose another.' } };
  }
  const inner = masked ? [...masked].map(([name, sql]) => `${name}=${sql}`).join(' ') : column.name;
  const constant = ['null', 'empty', 'set'].includes(strategy.as);
  return {
    sql: `${strategy.as}(${inner})`,
    domains: constant ? [] : [domain],
    distinctness: KINDS[strategy.as] ?? { kind: 'none' },
    foldsCase: strategy.as === 'email' || strategy.as === 'username',
    notes: strategy.as === 'noise' ? ['sums change a little.'] : [],
  };
};
