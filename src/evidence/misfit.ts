import * as z from 'zod';

/**
 * The first place where `value` is not what `schema` says, as `lint.findings.3.rule`, in the schema's own keys; nothing
 * when it fits. zod collects every complaint, and a million of them takes it 1 GiB: this one stops.
 */
export function misfit(
  schema: z.core.$ZodType,
  value: unknown,
  path: readonly string[] = [],
): string | undefined {
  if (schema instanceof z.ZodOptional) {
    return value === undefined ? undefined : misfit(schema.unwrap(), value, path);
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return firstOf(value.entries(), ([index, entry]) =>
      misfit(schema.element, entry, [...path, String(index)]),
    );
  }
  if (schema instanceof z.ZodObject && isRecord(value)) {
    const { shape } = schema;
    if (Object.keys(value).some((key) => !Object.hasOwn(shape, key))) return placeOf(path);
    return firstOf(Object.entries(shape), ([key, part]) =>
      misfit(part, Object.hasOwn(value, key) ? value[key] : undefined, [...path, key]),
    );
  }
  return z.safeParse(schema, value).success ? undefined : placeOf(path);
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placeOf(path: readonly string[]): string {
  return path.length === 0 ? 'the record' : path.join('.');
}
