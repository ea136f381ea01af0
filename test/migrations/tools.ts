import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicates } from '../../src/migrations/duplicates.ts';
import type { Migration, MigrationTool } from '../../src/migrations/migration.ts';
import { memoryTree } from '../support/memory-tree.ts';

type Files = Readonly<Record<string, string | Buffer>>;

/** The migrations of a folder `m`. */
export async function listed(tool: MigrationTool, files: Files): Promise<readonly Migration[]> {
  const paths = Object.entries(files).map(([name, text]) => [`m/${name}`, text]);
  return tool.list(memoryTree(Object.fromEntries(paths)), 'm');
}

/** The bytes of a range as text. */
export function slice(part: { readonly startByte: number; readonly endByte: number }, text: string): string {
  return Buffer.from(text).toString('utf8', part.startByte, part.endByte);
}

/** Tests that the folder's migrations stand in this order, each as version and path below the folder. */
export function ordered(
  tool: MigrationTool,
  files: Files,
  expected: readonly (readonly [string, string])[],
): void {
  test(`${tool.name}: order and versions`, async () => {
    const list = await listed(tool, files);
    assert.deepEqual(
      list.map(({ version, path }) => [version, path.slice(2)]),
      expected,
    );
  });
}

/** Tests how each text is sent. */
export function sent(
  tool: MigrationTool,
  name: string,
  cases: readonly (readonly [text: string, expected: Migration['transaction']])[],
): void {
  for (const [text, expected] of cases) {
    test(`${tool.name}: ${expected} for ${JSON.stringify(text).slice(0, 90)}`, async () => {
      assert.equal((await listed(tool, { [name]: text }))[0]?.transaction, expected);
    });
  }
}

/** Tests that a text is refused. */
export function refused(
  tool: MigrationTool,
  name: string,
  cases: readonly (readonly [why: string, text: string, message: RegExp])[],
): void {
  for (const [why, text, message] of cases) {
    test(`${tool.name}: refused, ${why}`, async () => {
      await assert.rejects(listed(tool, { [name]: text }), { name: 'UserError', message });
    });
  }
}

/** Tests that the tool takes two names for one version. */
export function sameVersion(tool: MigrationTool, files: Files, expected: readonly [string, string]): void {
  test(`${tool.name}: one version twice`, async () => {
    const found = duplicates(await listed(tool, files), tool);
    assert.deepEqual(
      found.map(({ first, second }) => [first.path.slice(2), second.path.slice(2)]),
      [expected],
    );
  });
}
