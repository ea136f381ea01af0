/** Words that are reserved in PostgreSQL and so must be quoted as names (documentation, appendix C). */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with`.split(/\s+/),
);

/** A name as SQL writes it: quoted only where it must be. */
export function identifierText(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !RESERVED.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** A schema-qualified name, `public.orders`, as SQL writes it. */
export function qualifiedText(name: string): string {
  const at = name.indexOf('.');
  if (at < 0) return identifierText(name);
  return `${identifierText(name.slice(0, at))}.${identifierText(name.slice(at + 1))}`;
}
