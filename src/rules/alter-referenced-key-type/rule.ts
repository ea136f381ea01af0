import { foreignKeysTo, primaryKey } from '../../sql/graph.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain } from '../column-advice.ts';
import { rewritten, scanned } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { type TypeChange, typeChanges } from '../type-changes.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap((change) => {
    const { table, column, type, worked, found } = change;
    const tables = rewritten(worked);
    const peers = peersOf(change).filter((name) =>
      onExisting(found, context.catalog).some(({ relation }) => relation === name),
    );
    if (tables.length === 0 || peers.length === 0) return [];
    const checked = scanned(worked);
    const again =
      checked.length === 0 ? '' : ` and the foreign keys of ${listed(checked)} checked row by row`;
    return [
      {
        relation: table,
        part: column,
        message: `${code(column)} is part of a foreign key: while ${listed(tables)} ${tables.length === 1 ? 'is' : 'are'} rewritten${again}, nobody can read or write ${listed(peers)} either.`,
        help: `Write ${addPlain(table, `${column}_new`, type)} and the same on the other side of the foreign key, fill both by triggers and in batches, add the new key with NOT VALID and validate it, then swap the names in one short transaction.`,
      },
    ];
  });
}

/** Other tables at the ends of foreign keys that the column is part of. */
function peersOf({ schema, table, column }: TypeChange): readonly string[] {
  const relation = schema.relations.get(table);
  const key = primaryKey(relation);
  const referencing = foreignKeysTo(schema, table)
    .filter(({ constraint }) => (constraint.referencedColumns ?? key).includes(column))
    .map((found) => found.table.name);
  const referenced = (relation?.constraints ?? []).flatMap(({ references, columns }) =>
    references !== undefined && columns.includes(column) ? [references] : [],
  );
  return [...new Set([...referencing, ...referenced])].filter((name) => name !== table);
}

export const rule: Rule = {
  slug: 'alter-referenced-key-type',
  section: 'columns',
  title: 'Changing the type of a key also locks the tables at the other end of its foreign keys',
  condition:
    'A column that a foreign key refers to, or that is part of one, gets a type that rewrites its table.',
  effect:
    'Nobody can read or write either table while one is rewritten and every foreign key is checked again.',
  workaround: 'Add new columns on both sides, copy in batches, swap the names.',
  severity: 'error',
  over: ['alter-column-type-rewrite', 'alter-column-type-narrowing'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: true, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
