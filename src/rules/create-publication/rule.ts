import { primaryKey } from '../../sql/graph.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

const KINDS = new Set(['CreatePublicationStmt', 'AlterPublicationStmt']);

function check({ kind }: Statement, { effects, catalog }: RuleContext): readonly Complaint[] {
  if (!KINDS.has(kind)) return [];
  const tables = onExisting(effects, catalog).map(({ relation }) => relation);
  if (tables.length === 0) return [];
  const keyless = tables.filter((name) => {
    const table = catalog.relations.get(name);
    return table !== undefined && primaryKey(table).length === 0;
  });
  const broken =
    keyless.length === 0
      ? ''
      : `; UPDATE and DELETE on ${listed(keyless)} fail from then on, if there is no replica identity`;
  return [
    {
      relation: tables.length === 1 ? tables[0] : undefined,
      message: `Until the transaction ends, no other DDL, VACUUM or ANALYZE runs on ${listed(tables)}${broken}.`,
      help: `Publish tables in a migration of its own with a short ${code('lock_timeout')}, and only tables with a primary key.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-publication',
  section: 'types',
  title: 'Publishing a table locks out other DDL and needs a key',
  condition: 'A publication takes in existing tables by name.',
  effect: 'Other DDL and VACUUM wait; without a replica identity UPDATE and DELETE fail.',
  workaround: 'A migration of its own, for tables with a primary key.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareUpdateExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
