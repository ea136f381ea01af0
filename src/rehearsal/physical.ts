import type { Connection } from '../postgres/connection.ts';
import { readServerMessage } from '../postgres/messages.ts';
import type { Draft } from './ledger.ts';
import { type RelationFact, readConstraints, readNamed } from './relations.ts';

/** Kinds in pg_class that hold rows of their own: table, materialized view. An index is rebuilt, a sequence is no matter. */
const HOLDS_ROWS = new Set(['r', 'm']);

/**
 * A relation whose filenode is another one than before was written anew: the fact that no setting can hide. TRUNCATE
 * also takes a new file, and writes nothing.
 */
export function noteFilenodes(
  draft: Draft,
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, RelationFact>,
): void {
  if (draft.statement.kind === 'TruncateStmt') return;
  for (const [oid, { relation, kind, filenode }] of after) {
    const old = before.get(oid);
    if (old === undefined || old === filenode) continue;
    if (HOLDS_ROWS.has(kind)) draft.rewrites.add(relation);
    if (kind === 'i') draft.builds.add(relation);
  }
}

function bareName(relation: string): string {
  return relation.slice(relation.indexOf('.') + 1);
}

/** Message texts name relations without their schema. Relations at hand come first; made just now, they are asked for. */
async function resolver(bare: readonly string[], atHand: readonly string[], viewer: Connection) {
  const missing = bare.filter((name) => !atHand.some((relation) => bareName(relation) === name));
  const all = [...atHand, ...(await readNamed(viewer, missing))];
  return (name: string) => all.find((relation) => bareName(relation) === name);
}

function isTemporary(relation: string): boolean {
  return relation.startsWith('pg_temp');
}

/** An index stands in its table's schema. */
function besides(table: string, index: string): string {
  return table.includes('.') ? `${table.slice(0, table.indexOf('.'))}.${index}` : index;
}

async function carriersOf(constraints: readonly string[], atHand: readonly string[], viewer: Connection) {
  const found = await readConstraints(viewer, constraints);
  return constraints.flatMap((constraint) => {
    const carriers = found.filter((each) => each.constraint === constraint).map(({ relation }) => relation);
    return carriers.find((relation) => atHand.includes(relation)) ?? carriers[0] ?? [];
  });
}

/**
 * Enters what the server's DEBUG1 messages tell: rewrites, index builds, and scans (verifications of a table,
 * validations of a foreign key, which read the table that carries it). `viewer` sees what the statement made. Gives
 * whether one named a relation that nothing is called by now.
 */
export async function noteMessages(
  draft: Draft,
  texts: readonly string[],
  atHand: readonly string[],
  viewer: Connection,
): Promise<boolean> {
  const messages = texts.flatMap((text) => readServerMessage(text) ?? []);
  const named = messages.flatMap(({ relation }) => relation ?? []);
  const find = await resolver(named, atHand, viewer);
  const resolve = (name: string): string => find(name) ?? name;
  for (const message of messages) {
    // Nobody else can reach a temporary table.
    if (message.relation === undefined || isTemporary(resolve(message.relation))) continue;
    if (message.kind === 'rewrite') draft.rewrites.add(resolve(message.relation));
    if (message.kind === 'verify') draft.scans.add(resolve(message.relation));
    if (message.kind === 'build') {
      const table = resolve(message.relation);
      draft.builtOn.add(table);
      draft.builds.add(besides(table, message.index));
    }
  }
  const validated = messages.flatMap((message) => (message.kind === 'validate' ? message.constraint : []));
  for (const relation of await carriersOf(validated, atHand, viewer)) draft.scans.add(relation);
  return named.some((name) => find(name) === undefined);
}
