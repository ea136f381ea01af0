import type { Admin } from '../admin.ts';

/** Settings by name, in the units of pg_settings; one that this role may not see, or this version lacks, is missing. */
export type Settings = {
  readonly text: (name: string) => string | undefined;
  readonly number: (name: string) => number | undefined;
};

/** reset_val and not setting: our own session has set some of them for itself (admin.ts). */
export async function readSettings(admin: Admin): Promise<Settings> {
  const { rows } = await admin.query('SELECT name, reset_val FROM pg_settings WHERE reset_val IS NOT NULL');
  const values = new Map(rows.map((row) => [String(row.name), String(row.reset_val)]));
  const number = (name: string) => (values.has(name) ? Number(values.get(name)) : undefined);
  return { text: (name) => values.get(name), number };
}
