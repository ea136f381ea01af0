import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a file of migrations is made of; `t` is a table that exists, `n` a number that no other file has. */
const STATEMENTS: readonly ((t: string, n: number) => string)[] = [
  (t, n) => `ALTER TABLE ${t} ADD COLUMN note_${n} text NOT NULL DEFAULT '';`,
  (t, n) => `ALTER TABLE ${t} ADD COLUMN seen_${n} timestamptz;`,
  (t, n) => `CREATE INDEX ${t}_state_${n} ON ${t} (state, changed_at);`,
  (t) => `ALTER TABLE ${t} ALTER COLUMN label TYPE varchar(200);`,
  (t, n) => `ALTER TABLE ${t} ADD CONSTRAINT ${t}_check_${n} CHECK (amount >= 0) NOT VALID;`,
  (t, n) => `UPDATE ${t} SET state = 'done' WHERE id = ${n};`,
  (_, n) =>
    `CREATE OR REPLACE FUNCTION touch_${n}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  NEW.changed_at := now();\n  RETURN NEW;\nEND $$;`,
  (t, n) => `CREATE OR REPLACE VIEW ${t}_view_${n} AS SELECT id, label FROM ${t} WHERE state <> 'gone';`,
];

/** One file of about `statements` statements in the manner of the histories that teams have. */
export function migrationText(n: number, statements: number, random: () => number): string {
  const own = `thing_${n}`;
  const table = `CREATE TABLE ${own} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  label varchar(100),\n  state text NOT NULL DEFAULT 'new',\n  amount numeric(12, 2),\n  changed_at timestamptz NOT NULL DEFAULT now()\n);`;
  const others = Array.from({ length: statements - 1 }, (_, index) => {
    const target = `thing_${Math.floor(random() * (n + 1))}`;
    const pick = STATEMENTS[Math.floor(random() * STATEMENTS.length)] as (typeof STATEMENTS)[number];
    return pick(target, n * 1000 + index);
  });
  return `${[table, ...others].join('\n\n')}\n`;
}

/** Writes a history of files, the same for the same numbers; gives their paths in order. */
export async function writeHistory(
  folder: string,
  files: number,
  statements: number,
): Promise<readonly string[]> {
  const random = seeded(7);
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (let n = 0; n < files; n += 1) {
    const path = join(folder, `${String(n).padStart(6, '0')}_change.sql`);
    await writeFile(path, migrationText(n, statements, random));
    paths.push(path);
  }
  return paths;
}
