import type { DefElem, Node } from '@pgsql/types';

/** A Boolean option in parentheses: alone, or with any of the words for true. */
export function isOn(options: readonly Node[] | undefined, name: string): boolean {
  const option = (options ?? []).findLast((found) => 'DefElem' in found && found.DefElem.defname === name);
  if (option === undefined || !('DefElem' in option)) return false;
  return !isOff(option.DefElem);
}

function isOff({ arg }: DefElem): boolean {
  if (arg === undefined) return false;
  if ('String' in arg) return ['off', 'false', '0'].includes((arg.String.sval ?? '').toLowerCase());
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) === 0;
  return 'Boolean' in arg && arg.Boolean.boolval !== true;
}
