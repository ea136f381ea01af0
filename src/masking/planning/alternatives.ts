import { commonDomain } from '../domain.ts';
import type { SourceColumn, SourceTable, TypeCategory } from '../source.ts';
import { compileStrategy } from '../strategies/compile.ts';
import type { Compiled, NamedStrategy, Strategy } from '../strategy.ts';

/** Domain of the key that strategies without a common one are tried with: what holds under one key holds under another. */
export const TRIED_DOMAIN = 'tried';

const named = (...names: readonly NamedStrategy[]): Strategy[] => names.map((as) => ({ as }));

/** What a value of the type may become, what says most about it first. */
const BY_TYPE: Partial<Record<TypeCategory, readonly Strategy[]>> = {
  text: [
    { as: 'digits', check: 'iban' },
    { as: 'digits' },
    ...named('email', 'phone', 'code', 'username', 'uuid', 'url', 'ip', 'mac', 'name', 'text', 'enum'),
  ],
  integer: [{ as: 'digits' }, { as: 'noise', ratio: 0.1 }],
  numeric: [{ as: 'noise', ratio: 0.1 }, { as: 'digits' }],
  float: [{ as: 'noise', ratio: 0.1 }],
  date: [{ as: 'shift', days: 30 }],
  timestamp: [{ as: 'shift', days: 30 }],
  json: [{ as: 'json', paths: [], otherwise: 'mask' }],
  composite: [
    { as: 'elements', each: { as: 'code' } },
    { as: 'elements', each: { as: 'text' } },
  ],
  array: [
    { as: 'elements', each: { as: 'code' } },
    { as: 'elements', each: { as: 'text' } },
  ],
};

export type Alternative = { readonly strategy: Strategy; readonly compiled: Compiled };

/** Strategies that a column could have by its type and CHECKs, and that keep its values apart where a key needs it. */
export function alternatives(table: SourceTable, column: SourceColumn): readonly Alternative[] {
  const inKey = table.keys.some(({ reads }) => reads.includes(column.name));
  return (BY_TYPE[column.type.category] ?? []).flatMap((strategy) => {
    const domain = commonDomain(strategy) ?? TRIED_DOMAIN;
    const compiled = compileStrategy(strategy, { column, table, domain });
    if ('refusal' in compiled || (inKey && compiled.distinctness.kind === 'none')) return [];
    return [{ strategy, compiled }];
  });
}
