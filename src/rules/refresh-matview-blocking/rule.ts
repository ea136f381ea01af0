import type { Relation } from '../../sql/catalog.ts';
import { indexesOf, primaryKey } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('RefreshMatViewStmt' in statement.node)) return [];
  const { relation, concurrent, skipData } = statement.node.RefreshMatViewStmt;
  const name = relationName(catalog, relation);
  if (concurrent || !stoodBefore(catalog, name)) return [];
  if (skipData) return [emptied(name)];
  const view = catalog.relations.get(name);
  const isReady = indexesOf(catalog, name).some((index) => identifiesRows(index, view));
  return [
    {
      relation: name,
      message: `While ${code(name)} is filled anew, nobody can read it.`,
      help: isReady
        ? `Write ${code(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${qualifiedText(name)}`)}, which lets readers go on.`
        : indexFirst(name, view, catalog),
      fix: isReady ? concurrently(statement) : [],
    },
  ];
}

/** What CONCURRENTLY needs: a unique index over plain columns and all rows (documentation, REFRESH MATERIALIZED VIEW). */
function identifiesRows(index: Relation, view: Relation | undefined): boolean {
  const columns = view?.columns ?? [];
  const isPlain = (column: string): boolean =>
    columns.length === 0 ? /^\w+$/.test(column) : columns.some(({ name }) => name === column);
  return index.unique && index.valid !== false && !index.predicate && index.indexColumns.every(isPlain);
}

function indexFirst(name: string, view: Relation | undefined, catalog: RuleContext['catalog']): string {
  const refresh = code(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${qualifiedText(name)}`);
  const columns = view && likelyKey(view, catalog);
  if (columns === undefined)
    return `Give ${code(name)} a unique index over columns that identify its rows, if it has none, and write ${refresh}.`;
  const index = identifierText(`${bareName(name)}_${columns.join('_')}_key`);
  const list = columns.map(identifierText).join(', ');
  return `Make what it needs with ${code(`CREATE UNIQUE INDEX ${index} ON ${qualifiedText(name)} (${list})`)} if these identify its rows, and write ${refresh}.`;
}

/** The key of the one table that it reads, when it shows all of it. */
function likelyKey(view: Relation, catalog: RuleContext['catalog']): readonly string[] | undefined {
  const [source, ...others] = view.reads ?? [];
  if (source === undefined || others.length > 0) return undefined;
  const key = primaryKey(catalog.relations.get(source));
  const shown = key.every((column) => view.columns.some(({ name }) => name === column));
  return key.length > 0 && shown ? key : undefined;
}

function emptied(name: string): Complaint {
  return {
    relation: name,
    message: `From here on every query of ${code(name)} fails, until it is filled again.`,
    help: `Leave ${code('WITH NO DATA')} away, and write ${code(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${qualifiedText(name)}`)} once it has a unique index.`,
  };
}

function concurrently({ sql, place }: Statement): readonly TextEdit[] {
  const match = /^refresh\s+materialized\s+view(?=\s)/i.exec(sql);
  if (!match) return [];
  const at = place.startByte + Buffer.byteLength(match[0]);
  return [{ startByte: at, endByte: at, text: ' CONCURRENTLY' }];
}

export const rule: Rule = {
  slug: 'refresh-matview-blocking',
  section: 'maintenance',
  title: 'REFRESH MATERIALIZED VIEW keeps its readers out until it is filled',
  condition: 'An existing materialized view is refreshed without `CONCURRENTLY`.',
  effect: 'Nobody can read it until its query has run and its indexes are built.',
  workaround: 'Give it a unique index, and refresh it with `CONCURRENTLY`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['RefreshMatViewStmt'],
  check,
};
