import type { DefElem, Node } from '@pgsql/types';
import { strings } from '../sql/names.ts';

/** The option of this name in a parenthesised list, such as that of VACUUM. */
export function optionOf(options: readonly Node[] | undefined, name: string): DefElem | undefined {
  const found = (options ?? []).find((node) => 'DefElem' in node && node.DefElem.defname === name);
  return found && 'DefElem' in found ? found.DefElem : undefined;
}

/** Whether a switch is set to false: 0, or any beginning of false, no and off that is not one of on (parse_bool_with_len). */
export function isSetOff({ arg }: DefElem): boolean {
  if (arg === undefined) return false;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) === 0;
  const [text] = 'TypeName' in arg ? strings(arg.TypeName.names) : strings([arg]);
  return /^(f|fa|fal|fals|false|n|no|of|off|0)$/i.test(text ?? '');
}
