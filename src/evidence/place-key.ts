import type { Place } from '../sql/statement.ts';

/** Names a statement by where it begins: the same for what was predicted, observed and complained of. */
export function placeKey({ file, startByte }: Pick<Place, 'file' | 'startByte'>): string {
  return `${startByte} ${file}`;
}
