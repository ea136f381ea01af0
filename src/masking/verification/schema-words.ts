import type { SourceSchema, SourceType } from '../source.ts';
import { isLikeFullName } from './needle-forms.ts';

/**
 * What stands in the copy as a word of its schema, in small letters: names, types and enum labels. Not an identifier that
 * could be a person's full name: where a masked column has that value too, it must be told.
 */
export function schemaWords(schema: SourceSchema): ReadonlySet<string> {
  const words = new Set<string>([schema.database]);
  const identifier = (name: string): void => {
    if (!isLikeFullName(name)) words.add(name);
  };
  for (const { name, schema: home } of schema.extensions) words.add(name).add(home);
  for (const table of schema.tables.values()) {
    words.add(table.schema).add(`${table.schema}.${table.name}`);
    identifier(table.name);
    for (const { name, type } of table.columns) {
      identifier(name);
      for (const word of wordsOfType(type)) words.add(word);
    }
    for (const { name } of [...table.keys, ...table.foreignKeys, ...table.checks]) identifier(name);
  }
  return new Set([...words].map((word) => word.toLowerCase()));
}

function wordsOfType(type: SourceType): readonly string[] {
  const inner = [...(type.fields ?? []).map((field) => field.type), ...(type.element ? [type.element] : [])];
  const names = (type.fields ?? []).map(({ name }) => name);
  return [type.sql, type.base, ...(type.labels ?? []), ...names, ...inner.flatMap(wordsOfType)];
}
