import type { MaskPlan } from '../masking/mask-plan.ts';
import type { SourceForeignKey, SourceTable } from '../masking/source.ts';
import {
  compareCounts,
  compareStructure,
  type RowCounts,
  type ScrubbedPiece,
  type StructurePiece,
  type StructureProblem,
} from '../masking/verification/compare-structure.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { readSchema, type SchemaObject, type SchemaSnapshot } from '../postgres/schema-snapshot.ts';
import { thousands } from '../thousands.ts';

export type StructureRequest = {
  readonly plan: MaskPlan;
  /** On the source, inside of the transaction with the snapshot. */
  readonly source: Connection;
  /** An administrator's in the filled database, outside of a transaction. */
  readonly target: Connection;
  /** What the load says of each table, by tableKey. */
  readonly loaded: ReadonlyMap<string, Pick<RowCounts, 'sourceRows' | 'copiedRows'>>;
  readonly scrubbed: readonly ScrubbedPiece[];
};

/** Owners, rights, comments and places are not the source's on a branch server. */
const NOT_STRUCTURE = /^(OWNER TO|GRANT|REVOKE|COMMENT|SECURITY LABEL|TABLESPACE)\b/;
/** Objects that belong to a server and its roles more than to the data. */
const NOT_COPIED = new Set(['default privileges', 'user mapping', 'subscription', 'event trigger']);

/** Holds what the source has against what the copy has, and asks the copy whether it holds. */
export async function proveStructure(request: StructureRequest): Promise<Verdict> {
  const { source, target, plan, scrubbed } = request;
  const wanted = piecesOf(await readSchema(source, { where: 'inside a transaction' }));
  const made = piecesOf(await readSchema(target));
  const sameVersion = source.serverVersion === target.serverVersion;
  const counts = await countRows(request, tablesOf(made));
  const invalid = await invalidIndexes(target);
  const weak = await weakConstraints(request);
  const sequences = await sequencesBehind(target);
  const problems = [
    ...compareStructure(wanted, made, { scrubbed, sameVersion }),
    ...compareCounts(counts),
    ...invalid,
    ...weak.problems,
    ...sequences.problems,
  ];
  const rows = counts.reduce((sum, { now }) => sum + now, 0);
  const summary = [
    `${thousands(wanted.length)} objects compared`,
    `${thousands(rows)} rows in ${thousands(plan.tables.size)} tables counted`,
    `${weak.asked} constraints that the server does not vouch for probed`,
    `${sequences.asked} sequences held against their columns`,
  ].join(', ');
  return {
    status: statusOf(problems.length, 0),
    summary: `${summary}: ${problems.length === 0 ? 'all hold' : `${problems.length} problems`}.`,
    problems,
  };
}

function piecesOf(snapshot: SchemaSnapshot): readonly StructurePiece[] {
  const pathOf = (object: SchemaObject): readonly string[] => {
    const above = snapshot.get(object.of ?? object.schema ?? '');
    const own = object.arguments === undefined ? object.name : `${object.name}(${object.arguments})`;
    return [...(above === undefined ? [] : pathOf(above)), own];
  };
  return [...snapshot.values()]
    .filter(({ kind }) => !NOT_COPIED.has(kind))
    .map((object) => {
      const lines = object.parts.map(({ text }) => text).filter((line) => !NOT_STRUCTURE.test(line));
      // Versions of extensions follow the server.
      return {
        kind: object.kind,
        path: pathOf(object),
        text: object.kind === 'extension' ? '' : lines.join('\n'),
      };
    });
}

/** Paths of the tables that are there. */
function tablesOf(pieces: readonly StructurePiece[]): ReadonlySet<string> {
  return new Set(pieces.filter(({ kind }) => kind === 'table').map(({ path }) => JSON.stringify(path)));
}

/** A table that is missing is told already. */
async function countRows(
  { plan, target, loaded }: StructureRequest,
  there: ReadonlySet<string>,
): Promise<readonly RowCounts[]> {
  const counts: RowCounts[] = [];
  for (const [key, { table, rows, subset, sample }] of plan.tables) {
    if (!there.has(key)) continue;
    const load = loaded.get(key) ?? { sourceRows: null, copiedRows: 0 };
    const asked = `SELECT pg_catalog.count(*) AS rows FROM ONLY ${relationOf(table)}`;
    counts.push({
      table: `${table.schema}.${table.name}`,
      rows: rows === 'empty' ? 'empty' : 'copied',
      ...load,
      now: Number((await target.query(asked)).rows[0]?.rows),
      isSubset: subset !== undefined || sample !== undefined || load.sourceRows === null,
    });
  }
  return counts;
}

function relationOf(table: SourceTable): string {
  return qualified(table.schema, table.name);
}

const INVALID = `SELECT i.indexrelid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_index i
  WHERE NOT (i.indisvalid AND i.indisready AND i.indislive) AND i.indexrelid >= 16384`;

async function invalidIndexes(target: Connection): Promise<readonly StructureProblem[]> {
  const { rows } = await target.query(INVALID);
  return rows.map(({ name }) => ({ where: `index ${name}`, what: 'The server holds it for invalid.' }));
}

/**
 * Foreign keys and checks that the server did not validate may be broken, but not by more rows than in the source: the
 * masks must keep what refers to what.
 */
async function weakConstraints(
  request: StructureRequest,
): Promise<{ asked: number; problems: readonly StructureProblem[] }> {
  const problems: StructureProblem[] = [];
  let asked = 0;
  for (const { table, rows } of request.plan.tables.values()) {
    if (rows === 'empty') continue;
    for (const key of table.foreignKeys) {
      const sql = key.validated && key.declared ? undefined : orphans(request.plan, table, key);
      if (sql === undefined) continue;
      asked += 1;
      const where = `${table.schema}.${table.name} ${key.name}`;
      const before = await numberOf(request.source, sql);
      const after = await numberOf(request.target, sql).catch((error: unknown) => {
        if (error instanceof ServerError) return `no number of (SQLSTATE ${error.code})`;
        throw error;
      });
      if (typeof after === 'number' && after <= before) continue;
      problems.push({ where, what: `${after} rows refer to no row; in the source ${before} do.` });
    }
  }
  return { asked, problems };
}

async function numberOf(session: Connection, sql: string): Promise<number> {
  return Number((await session.query(sql)).rows[0]?.number);
}

/** Rows whose reference is whole and leads nowhere (MATCH SIMPLE). Undefined where the referenced table is emptied. */
function orphans(plan: MaskPlan, table: SourceTable, key: SourceForeignKey): string | undefined {
  const to = plan.tables.get(key.references);
  if (to === undefined || to.rows === 'empty') return undefined;
  const pairs = key.columns.map((column, at) => [column, key.referencedColumns[at] ?? ''] as const);
  const filled = pairs.map(([column]) => `${qualified('c', column)} IS NOT NULL`).join(' AND ');
  const equal = pairs
    .map(([column, other]) => `${qualified('p', other)} = ${qualified('c', column)}`)
    .join(' AND ');
  return `SELECT pg_catalog.count(*) AS number FROM ONLY ${relationOf(table)} AS c WHERE ${filled}
    AND NOT EXISTS (SELECT FROM ONLY ${relationOf(to.table)} AS p WHERE ${equal})`;
}

/** Sequences that count a column up: of serial and OWNED BY (a), of identity (i). */
const SEQUENCES = `
  SELECT sn.nspname AS schema, s.relname AS sequence, tn.nspname AS table_schema, t.relname AS table, a.attname AS column
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 AND NOT q.seqcycle
  JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  JOIN pg_catalog.pg_type y ON y.oid = a.atttypid AND y.typcategory = 'N'
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')`;

/** The next insert must not meet a key that is there. */
async function sequencesBehind(
  target: Connection,
): Promise<{ asked: number; problems: readonly StructureProblem[] }> {
  const { rows } = await target.query(SEQUENCES);
  const problems: StructureProblem[] = [];
  for (const row of rows) {
    const sequence = qualified(String(row.schema), String(row.sequence));
    const table = qualified(String(row.table_schema), String(row.table));
    const column = identifier(String(row.column));
    const found = await target.query(
      `SELECT coalesce((SELECT pg_catalog.max(${column}) FROM ${table}) > (SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM ${sequence}), false) AS behind`,
    );
    if (found.rows[0]?.behind !== true) continue;
    const where = `${row.table_schema}.${row.table}.${row.column}`;
    problems.push({
      where,
      what: `The sequence ${row.schema}.${row.sequence} is behind the column’s highest value.`,
    });
  }
  return { asked: rows.length, problems };
}
