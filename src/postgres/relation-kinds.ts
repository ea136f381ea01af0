import type { RelationKind } from '../sql/effect.ts';

/** pg_class.relkind in our words (docs: 52.11). Composite types and TOAST tables are not among them. */
export const RELATION_KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  i: 'index',
  I: 'index',
  S: 'sequence',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};
