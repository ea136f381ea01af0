import type { Constraint as ConstraintNode, CreateStmt, RangeVar } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { newName, relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { transactionFlow } from '../sql/transactions.ts';
import { collect } from '../sql/walk.ts';
import type { RuleContext } from './context.ts';

/** What the new foreign keys of one transaction refer to. */
export type ReferencedTogether = {
  /** Tables that stood before the change, in the order of the text. */
  readonly tables: readonly string[];
  /** The place in the file of the statement that comes to the second of them; undefined when there is no second. */
  readonly second: number | undefined;
};

/**
 * The tables that the new foreign keys of the statement's transaction refer to, also those of statements that follow.
 * Statements inside a DO block and outside a transaction stand for themselves.
 */
export function referencedTogether(statement: Statement, context: RuleContext): ReferencedTogether {
  const { file, catalog } = context;
  if (file.statements[file.index] !== statement)
    return group([[file.index, referenced(statement, catalog, new Set())]]);
  return fileGroups(context)[file.index] as ReferencedTogether;
}

/** Read once for a file, at its first question. */
const known = new WeakMap<readonly Statement[], readonly ReferencedTogether[]>();

function fileGroups({ file, catalog }: RuleContext): readonly ReferencedTogether[] {
  const cached = known.get(file.statements);
  if (cached !== undefined) return cached;
  const { statements, transaction } = file;
  const made = new Set(statements.flatMap((one) => madeTable(one, catalog)));
  const wrapped = transaction === 'file' || (transaction === 'implicit' && statements.length > 1);
  const result: ReferencedTogether[] = [];
  let open: [number, readonly string[]][] = [];
  const close = (): void => {
    const found = group(open);
    for (const [index] of open) result[index] = found;
    open = [];
  };
  for (const [index, { staysOpen }] of transactionFlow(statements, wrapped).entries()) {
    open.push([index, referenced(statements[index] as Statement, catalog, made)]);
    if (!staysOpen) close();
  }
  close();
  known.set(statements, result);
  return result;
}

function group(parts: readonly (readonly [number, readonly string[]])[]): ReferencedTogether {
  const tables = new Set<string>();
  let second: number | undefined;
  for (const [index, names] of parts) {
    for (const name of names) tables.add(name);
    if (tables.size > 1) second ??= index;
  }
  return { tables: [...tables], second };
}

function madeTable({ node }: Statement, catalog: Catalog): readonly string[] {
  return 'CreateStmt' in node && !isSkipped(node.CreateStmt, catalog)
    ? [newName(catalog, node.CreateStmt.relation)]
    : [];
}

/** IF NOT EXISTS and it exists. */
function isSkipped({ if_not_exists: ifMissing, relation }: CreateStmt, catalog: Catalog): boolean {
  return ifMissing === true && catalog.relations.has(newName(catalog, relation));
}

function referenced({ node }: Statement, catalog: Catalog, made: ReadonlySet<string>): readonly string[] {
  const self = ownTable(node, catalog);
  if (self === undefined) return [];
  return collect<ConstraintNode>(node, 'Constraint')
    .filter(({ contype, pktable }) => contype === 'CONSTR_FOREIGN' && pktable !== undefined)
    .map(({ pktable }) => relationName(catalog, pktable))
    .filter((name) => name !== relationName(catalog, self) && !made.has(name))
    .filter((name) => catalog.relations.get(name)?.isNew !== true);
}

function ownTable(node: Statement['node'], catalog: Catalog): RangeVar | undefined {
  if ('CreateStmt' in node) return isSkipped(node.CreateStmt, catalog) ? undefined : node.CreateStmt.relation;
  return 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined;
}
