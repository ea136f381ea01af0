import type { Connection } from '../postgres/connection.ts';
import { identifier, literal, qualified } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';

const AT_ONCE = 200;

/** A standby has no unlogged sequence to read; an extension makes its own. */
const SEQUENCES = `
  SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (c.relpersistence = 'p' OR NOT pg_catalog.pg_is_in_recovery())
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1, 2`;

/** Ascending sequences of serial and identity columns (docs: 53.18, pg_depend; deptype a and i). */
const OWNED = `
  SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.relname) AS sequence,
    (CASE t.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END) || pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS "table",
    a.attname AS name, q.seqmax AS most
  FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
    JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid AND q.seqincrement > 0
    JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
      AND a.atttypid IN ('pg_catalog.int2'::pg_catalog.regtype, 'pg_catalog.int4'::pg_catalog.regtype, 'pg_catalog.int8'::pg_catalog.regtype)
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0`;

/** Where a sequence stands. `last` is a bigint as text. */
export type SequenceState = {
  readonly schema: string;
  readonly name: string;
  readonly last: string;
  readonly called: boolean;
};

/** Reads all sequences of the source: as they are now, since no snapshot holds them. */
export async function readSequences(source: Connection): Promise<readonly SequenceState[]> {
  const states: SequenceState[] = [];
  try {
    const { rows } = await source.query(SEQUENCES);
    for (let at = 0; at < rows.length; at += AT_ONCE) {
      const reads = rows.slice(at, at + AT_ONCE).map(({ schema, name }) => {
        const [own, of] = [String(name), String(schema)];
        return `SELECT ${literal(of)} AS schema, ${literal(own)} AS name, last_value::text AS last, is_called AS called FROM ${qualified(of, own)}`;
      });
      const found = await source.query(reads.join(' UNION ALL '));
      states.push(...found.rows.map((row) => row as SequenceState));
    }
    return states;
  } catch (error) {
    throw withoutValues(error, 'The source refused to tell where its sequences stand');
  }
}

/**
 * Sets the target's sequences to the source's, and those of serial and identity columns no lower than the column's
 * largest value, which a mask can have made larger. Sequences that the target does not have are left out.
 */
export async function setSequences(target: Connection, states: readonly SequenceState[]): Promise<void> {
  for (const { schema, name, last, called } of states) {
    await set(target, qualified(schema, name), last, called);
  }
  for (const row of (await target.query(OWNED)).rows) {
    const sequence = String(row.sequence);
    const next = `SELECT pg_catalog.setval(${literal(sequence)}, LEAST(m.most, ${BigInt(String(row.most))}), true)
      FROM (SELECT pg_catalog.max(${identifier(String(row.name))})::bigint AS most FROM ${String(row.table)}) AS m, ${sequence} AS s
      WHERE m.most > s.last_value OR (m.most = s.last_value AND NOT s.is_called)`;
    await target.query(next).catch((error: unknown) => {
      throw withoutValues(error, `The target refused to set the sequence ${sequence}`, 'target');
    });
  }
}

async function set(target: Connection, sequence: string, last: string, called: boolean): Promise<void> {
  try {
    await target.query(
      "SELECT pg_catalog.setval(c.oid, $2, $3) FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind = 'S'",
      [sequence, last, called],
    );
  } catch (error) {
    throw withoutValues(error, `The target refused to set the sequence ${sequence}`, 'target');
  }
}
