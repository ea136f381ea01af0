import type { Catalog } from '../../src/sql/catalog.ts';
import { readSchemaText } from '../../src/sql/dump.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser } from '../../src/sql/parse.ts';
import type { Measured } from '../locks/measured.ts';
import { readTruth } from '../locks/truth.ts';
import { WORLD } from '../locks/world.ts';

/** A statement that a server took, and what it did. */
export type HazardCase = {
  readonly sql: string;
  /** What held in the session that was measured: whether timestamp becomes timestamptz without a rewrite depends on it. */
  readonly setting: string;
  /** What stood before, as the linters' earlier migration. */
  readonly schema: string;
  /** The same, as `--schema` reads it. */
  readonly catalog: Catalog;
  readonly shown: Measured;
};

/** The servers' own. */
export const IN_UTC = "SET timezone TO 'UTC'";

const catalogs = new Map<string, Catalog>();

/** A schema as `--schema` reads it. */
export async function catalogOf(schema: string): Promise<Catalog> {
  await loadParser();
  const known = catalogs.get(schema) ?? readSchemaText(Buffer.from(schema), 'schema.sql').catalog;
  catalogs.set(schema, known);
  return known;
}

/** The statements of the truth table that this version takes. */
export async function truthCases(version: PostgresVersion): Promise<readonly HazardCase[]> {
  const cases: HazardCase[] = [];
  for (const { sql, given = '', shown } of readTruth()) {
    const one = shown.get(version);
    if (one === undefined || 'refused' in one) continue;
    const schema = `${WORLD}${given}`;
    const setting = given.startsWith('SET ') ? given : IN_UTC;
    cases.push({ sql, setting, schema, catalog: await catalogOf(schema), shown: one });
  }
  return cases;
}

/** The file that the linters read. */
export function fileText({ setting, sql }: HazardCase): string {
  return `${setting};\n${sql};\n`;
}
