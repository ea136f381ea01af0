import type { SchemaObject, SchemaSnapshot } from '../postgres/schema-snapshot.ts';
import { identifierText } from '../sql/identifier.ts';

/** Kinds that are named by what they belong to, and those of them that follow it after a dot. */
const WITHIN = new Set(['column', 'attribute', 'constraint', 'trigger', 'rule', 'policy']);
const DOTTED = new Set(['column', 'attribute']);

/** `public.users`, `public.users.email`, `users_pkey on public.users`, `public.total(integer)`: not quoted. */
export function objectName(snapshot: SchemaSnapshot, object: SchemaObject): string {
  const own = `${object.name}${object.arguments ?? ''}`;
  const owner = WITHIN.has(object.kind) && object.of !== undefined ? snapshot.get(object.of) : undefined;
  if (owner !== undefined) {
    const name = objectName(snapshot, owner);
    return DOTTED.has(object.kind) ? `${name}.${own}` : `${own} on ${name}`;
  }
  const schema = object.schema === undefined ? undefined : snapshot.get(object.schema);
  return schema === undefined ? own : `${schema.name}.${own}`;
}

/** The object's lines as they stand among those of the relation that was made or dropped with it. */
export function linesWithin({ kind, name, parts }: SchemaObject): readonly string[] {
  return parts.flatMap(({ text }, at) => {
    if (/^CREATE /.test(text)) return text.split('\n');
    const isColumn = DOTTED.has(kind) && at === 0 && !/^(OWNER|COMMENT|GRANT|REVOKE) /.test(text);
    const title = isColumn ? identifierText(name) : `${kind.toUpperCase()} ${identifierText(name)}`;
    return `${title} ${text}`.split('\n');
  });
}

/** The schema with names in the place of identities: two of these compare what they are called and say, not what they are. */
export function byName(snapshot: SchemaSnapshot): SchemaSnapshot {
  const keyOf = (object: SchemaObject) => `${object.kind} ${objectName(snapshot, object)}`;
  const named = (key: string | undefined): string | undefined => {
    const object = key === undefined ? undefined : snapshot.get(key);
    return object && keyOf(object);
  };
  return new Map(
    [...snapshot.values()].map((object) => {
      const { of, from, schema, parts } = object;
      const key = keyOf(object);
      const plain = parts.map(({ text }) => ({ text }));
      return [
        key,
        {
          ...object,
          key,
          of: named(of),
          from: named(from),
          schema: named(schema),
          filenode: undefined,
          parts: plain,
        },
      ];
    }),
  );
}
