import type { VacuumStmt } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { isSetOff, optionOf } from '../options.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

/** In a transaction the server refuses it, and non-transactional-command says so. */
function check({ node }: Statement, { catalog, inTransaction }: RuleContext): readonly Complaint[] {
  if (!('VacuumStmt' in node) || inTransaction || !isFull(node.VacuumStmt)) return [];
  const { rels } = node.VacuumStmt;
  if (rels === undefined) return [EVERYTHING];
  return rels
    .flatMap((rel) =>
      'VacuumRelation' in rel && rel.VacuumRelation.relation
        ? [relationName(catalog, rel.VacuumRelation.relation)]
        : [],
    )
    .filter((table) => stoodBefore(catalog, table))
    .map((table) => ({
      relation: table,
      message: `While all of ${code(table)} is written anew, nobody can read or write it.`,
      help: `Write ${code(`VACUUM (ANALYZE) ${qualifiedText(table)}`)}, which frees the space for new rows; to give it back to the disk, use ${code('pg_repack')}.`,
    }));
}

function isFull({ options, is_vacuumcmd }: VacuumStmt): boolean {
  const full = optionOf(options, 'full');
  return is_vacuumcmd === true && full !== undefined && !isSetOff(full);
}

const EVERYTHING: Complaint = {
  relation: undefined,
  message:
    'Every table of the database is written anew, one after the other, and nobody can read or write it meanwhile.',
  help: `Write ${code('VACUUM (ANALYZE)')}, which frees the space for new rows; to give that of single tables back to the disk, use ${code('pg_repack')}.`,
};

export const rule: Rule = {
  slug: 'vacuum-full',
  section: 'maintenance',
  title: 'VACUUM FULL locks a table while all of it is written anew',
  condition: '`VACUUM FULL` of an existing table, or of all.',
  effect: 'Nobody can read or write it until its rows and indexes are written anew.',
  workaround: 'A plain `VACUUM`, or `pg_repack`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['VacuumStmt'],
  check,
};
