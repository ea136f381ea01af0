import { isMap, isScalar, type Pair } from 'yaml';
import { parseColumnPattern, parseColumnPlace, parseTablePattern } from '../masking/profile/names.ts';
import { nameText, pathText, patternText, tableText } from '../masking/profile/strategy-text.ts';
import { placeOf, type YamlText } from '../policy/yaml.ts';
import type { Place } from '../sql/statement.ts';

/** Where the entries of a profile stand, by the words with which a weakened rule names them. */
export function entryPlaces(yaml: YamlText): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const put = (where: string | undefined, { key }: Pair) => {
    if (where !== undefined) places.set(where, placeOf(key, yaml));
  };
  for (const pair of pairsOf(yaml.document.contents)) {
    put(keyOf(pair), pair);
    for (const entry of pairsOf(pair.value)) put(whereOf(keyOf(pair), keyOf(entry)), entry);
    if (keyOf(pair) !== 'tables') continue;
    for (const table of pairsOf(pair.value)) {
      const name = whereOf('tables', keyOf(table));
      for (const column of pairsOf(table.value)) put(columnWhere(name, keyOf(column)), column);
    }
  }
  return places;
}

/** The first line, for what has no entry of its own. */
export function topOf({ file }: Pick<YamlText, 'file'>): Place {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1, startByte: 0, endByte: 0 };
}

function pairsOf(node: unknown): readonly Pair[] {
  return isMap(node) ? node.items : [];
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

/** As src/masking/profile/weakened.ts writes its `where`. */
function whereOf(section: string, key: string): string | undefined {
  if (section === 'verify') return `verify: ${key}`;
  if (section === 'allow') {
    const place = parseColumnPlace(key);
    const path = place && place.path.length > 0 ? `.${pathText(place.path)}` : '';
    return place && `allow: ${tableText(place)}.${nameText(place.column)}${path}`;
  }
  const table = parseTablePattern(key);
  if (table === undefined) return undefined;
  if (section === 'keep') return `keep: ${tableText({ schema: table.schema.text, table: table.table.text })}`;
  const isPublic = table.schema.text === 'public' && !table.schema.glob;
  return section === 'tables'
    ? `${isPublic ? '' : `${patternText(table.schema)}.`}${patternText(table.table)}`
    : undefined;
}

function columnWhere(table: string | undefined, key: string): string | undefined {
  const column = parseColumnPattern(key);
  return table === undefined || column === undefined ? undefined : `${table}.${patternText(column)}`;
}
