import type { TypeCategory } from '../source.ts';
import type { Evidence } from './by-name.ts';
import type { PersonalClass } from './detection.ts';
import { VALIDATORS } from './validators/all.ts';
import type { Validator } from './validators/validator.ts';

/** Fewer distinct values than this prove nothing (Purview asks for as many). */
export const FEWEST_VALUES = 8;
const LEAST_SHARE = 0.6;
/** How many times more hits than chance gives. */
const TIMES_CHANCE = 5;
/** What all values passing a test without chance hits is worth; a person may still have chosen a strange test pattern. */
const MOST = 0.97;

export type DataEvidence = Evidence & { readonly validator: Validator };

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Plain numbers can be numbers with check digits, and nothing else that has a validator. */
function fitsType(validator: Validator, category: TypeCategory): boolean {
  if (category === 'integer') return /^[#\d]+$/.test(validator.random);
  if (category === 'numeric') return /^[#\d.]+$/.test(validator.random);
  if (category === 'float') return validator.class === 'location';
  return category === 'text' || (category === 'network' && validator.class === 'ip address');
}

/** 0.97 where every value passes and none would by chance; less by what fails and by what chance gives. */
function worth(share: number, randomRate: number): number {
  return MOST * share * (1 - randomRate);
}

function judge(validator: Validator, values: readonly string[]): DataEvidence | undefined {
  const hits = values.filter(validator.passes).length;
  const share = hits / values.length;
  if (share < LEAST_SHARE) return undefined;
  if (!validator.needsName && share < TIMES_CHANCE * validator.randomRate) return undefined;
  const chance = validator.randomRate >= 0.001 ? `, of random ones ${percent(validator.randomRate)}` : '';
  const because = `${percent(share)} of ${values.length} values pass the ${validator.name} check${chance}`;
  return {
    from: 'values',
    class: validator.class,
    confidence: worth(share, validator.randomRate),
    because,
    validator,
  };
}

/**
 * Claims by the values: at least 60 % of at least 8 distinct ones pass, and 5 times as many as random ones would. A weak
 * validator counts only for a class of `named`. The surest first, and of equals the one that chance passes more seldom.
 */
export function evidenceOfData(
  values: readonly string[],
  category: TypeCategory,
  named: ReadonlySet<PersonalClass>,
): readonly DataEvidence[] {
  const trimmed = values.map((value) => value.trim()).filter((value) => value !== '');
  if (trimmed.length < FEWEST_VALUES) return [];
  return VALIDATORS.filter((one) => fitsType(one, category) && (!one.needsName || named.has(one.class)))
    .flatMap((validator) => judge(validator, trimmed) ?? [])
    .toSorted((a, b) => b.confidence - a.confidence || a.validator.randomRate - b.validator.randomRate);
}
