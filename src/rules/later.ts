import type { Catalog } from '../sql/catalog.ts';
import { listedName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';

/** Whether this statement or one that follows in the file drops the table: what is done to it meanwhile harms nobody more. */
export function isDroppedLater(table: string, { file, catalog }: RuleContext): boolean {
  return (lastDrops(file.statements, catalog).get(table) ?? -1) >= file.index;
}

type LastDrops = ReadonlyMap<string, number>;

/** Read once for a file, at its first question. */
const known = new WeakMap<readonly Statement[], LastDrops>();

/** The place in the file of each table's last DROP TABLE. */
function lastDrops(statements: readonly Statement[], catalog: Catalog): LastDrops {
  const cached = known.get(statements);
  if (cached !== undefined) return cached;
  const drops = statements.flatMap(({ node }, index) =>
    'DropStmt' in node && node.DropStmt.removeType === 'OBJECT_TABLE'
      ? (node.DropStmt.objects ?? []).map((object) => [listedName(catalog, object), index] as const)
      : [],
  );
  const found = new Map(drops);
  known.set(statements, found);
  return found;
}
