import { UserError } from '../errors.ts';

/** The error for what a masking expression may not use; `why` is a reason or what to write instead. */
export function refused(what: string, why: string): UserError {
  return new UserError(`A masking expression may not use ${what}: ${why}.`, {
    hint: 'Change the expression in the masking profile.',
  });
}

/** The error for a kind of syntax that is not on the list. */
export function refusedNode(type: string): UserError {
  const [what, why] = NODE_REASONS[type] ?? [`the form ${shown(type)}`, 'it is not on the list'];
  return refused(what, why);
}

/** Text of the profile, repeated short and without control characters. */
export function shown(text: string): string {
  const characters = [...text.replaceAll(/\p{C}/gu, '?')];
  return `\`${characters.length > 60 ? `${characters.slice(0, 60).join('')}…` : characters.join('')}\``;
}

const SUBQUERY: [string, string] = ['a subquery', 'a mask reads only its own row'];
const NODE_REASONS: Record<string, [what: string, why: string]> = {
  select: SUBQUERY,
  union: SUBQUERY,
  'union all': SUBQUERY,
  values: SUBQUERY,
  with: SUBQUERY,
  'with recursive': SUBQUERY,
  'array select': SUBQUERY,
  parameter: ['a parameter', 'nothing fills it in'],
  keyword: ["the session's user or clock", 'the same row must always get the same mask'],
  default: ['DEFAULT', 'it may call any function'],
  list: ['a row of values', 'a mask is a single value'],
  array: ['an array', 'a mask is a single value'],
  arrayIndex: ["an array's element", 'a mask is a single value'],
};
