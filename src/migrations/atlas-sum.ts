import { createHash } from 'node:crypto';

/** A file of the folder as its bytes; `name` without the folder. */
export type SummedFile = { readonly name: string; readonly text: string };

export type Sum = { readonly name: string; readonly hash: string };

/**
 * The hash of each file, in base64: SHA-256 of the names and contents of all files up to it, in the order of their names
 * (sql/migrate/dir.go, NewHashFile). A file that begins with `atlas:sum ignore` counts with its name alone and has none.
 */
export function atlasSums(files: readonly SummedFile[]): readonly Sum[] {
  const running = createHash('sha256');
  return files.flatMap(({ name, text }) => {
    running.update(name);
    if (/^[ -~]*atlas:sum +ignore/.test(text)) return [];
    running.update(text);
    return [{ name, hash: running.copy().digest('base64') }];
  });
}

/** What stands in atlas.sum for these: the hash of all, then a line for each (HashFile.MarshalText). */
export function atlasSumText(sums: readonly Sum[]): string {
  const whole = createHash('sha256');
  for (const { name, hash } of sums) whole.update(name).update(hash);
  const lines = sums.map(({ name, hash }) => `${name} h1:${hash}\n`);
  return `h1:${whole.digest('base64')}\n${lines.join('')}`;
}
