import type { Catalog } from '../../sql/catalog.ts';
import { childrenOf, descendants, foreignKeysTo, readersOf, sameForeignKey } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** What stands in the way, and the statement that takes it away. */
type Dependant = { readonly what: string; readonly drop: string };

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_TABLE') return [];
  if (node.DropStmt.behavior === 'DROP_CASCADE') return [];
  const named = (node.DropStmt.objects ?? []).map((object) => listedName(catalog, object));
  const gone = new Set(named.flatMap((name) => [...withPartitions(catalog, name)]));
  return named.flatMap((table) => {
    const found = dependants(catalog, table, gone);
    return found.length === 0 ? [] : [complaint(table, found)];
  });
}

function complaint(table: string, found: readonly Dependant[]): Complaint {
  const depend = found.length === 1 ? 'depends' : 'depend';
  return {
    relation: table,
    message: `The server refuses to drop ${code(table)}, since ${sentence(found.map(({ what }) => what))} ${depend} on it, and the migration fails here.`,
    help: `Once no running code needs them, write ${found.map(({ drop }) => code(drop)).join(', then ')} before ${code(`DROP TABLE ${qualifiedText(table)}`)}.`,
  };
}

/** Partitions go with their table without CASCADE. */
function withPartitions(catalog: Catalog, name: string): ReadonlySet<string> {
  const isPartitioned = catalog.relations.get(name)?.kind === 'partitioned table';
  return new Set([name, ...(isPartitioned ? descendants(catalog, name).map((part) => part.name) : [])]);
}

/** As the documentation of DROP TABLE has it: views and foreign keys of other tables; children by INHERITS too. What the same statement drops is no hindrance. */
function dependants(catalog: Catalog, table: string, gone: ReadonlySet<string>): readonly Dependant[] {
  const own = withPartitions(catalog, table);
  const children = own.size > 1 ? [] : childrenOf(catalog, table).filter(({ name }) => !gone.has(name));
  return [
    ...readersOf(catalog, own)
      .toReversed()
      .map(({ name, kind }) => ({
        what: `the ${kind} ${code(name)}`,
        drop: `DROP ${kind.toUpperCase()} ${qualifiedText(name)}`,
      })),
    ...foreignKeys(catalog, own, gone),
    ...children.map(({ name }) => ({
      what: `the table ${code(name)}, which inherits from it,`,
      drop: `ALTER TABLE ${qualifiedText(name)} NO INHERIT ${qualifiedText(table)}`,
    })),
  ];
}

/** A partition's copy of its parent's key goes with that one, and by itself cannot be dropped. */
function foreignKeys(
  catalog: Catalog,
  own: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): readonly Dependant[] {
  const keys = [...own].flatMap((name) => foreignKeysTo(catalog, name));
  const isCopy = (key: (typeof keys)[number]): boolean =>
    keys.some(
      (other) =>
        key.table.parents.includes(other.table.name) && sameForeignKey(key.constraint, other.constraint),
    );
  return keys
    .filter((key) => !gone.has(key.table.name) && !isCopy(key))
    .map(({ table, constraint: { name } }) => ({
      what: `the foreign key ${code(name)} of ${code(table.name)}`,
      drop: `ALTER TABLE ${qualifiedText(table.name)} DROP CONSTRAINT ${identifierText(name)}`,
    }));
}

function sentence(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

export const rule: Rule = {
  slug: 'drop-table-refused',
  section: 'tables',
  title: 'A table that others depend on cannot be dropped',
  condition:
    'A table is dropped without `CASCADE` while foreign keys, views or tables that inherit from it depend on it.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Drop what depends on it first, each by its name.',
  severity: 'error',
  over: ['drop-table', 'drop-table-locks-parents', 'drop-and-recreate-table', 'drop-partition'],
  since: 13,
  claim: { fails: '2BP01' },
  kinds: ['DropStmt'],
  check,
};
