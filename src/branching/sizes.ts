import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';

/** It is gone, half dropped, or the administrator may not know (docs: 9.28.7, CONNECT or pg_read_all_stats): it has no size then. */
const SIZELESS: readonly unknown[] = ['3D000', '42704', '42501', '58P01'];

/** The logical size in bytes, so that blocks shared with the baseline count in full; undefined where there is none to be had. */
export async function databaseBytes(admin: Admin, name: string): Promise<number | undefined> {
  try {
    const { rows } = await admin.query('SELECT pg_database_size($1::name) AS bytes', [name]);
    const bytes = rows[0]?.bytes;
    return bytes === null || bytes === undefined ? undefined : Number(bytes);
  } catch (error) {
    if (error instanceof ProviderError && SIZELESS.includes(error.status)) return undefined;
    throw error;
  }
}

/** The sizes that are to be had, by database. One question for each, so that one that goes meanwhile spoils no other's answer. */
export async function databaseSizes(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of names) {
    const bytes = await databaseBytes(admin, name);
    if (bytes !== undefined) sizes.set(name, bytes);
  }
  return sizes;
}
