import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectTool, type ToolName } from '../../src/migrations/registry.ts';
import { memoryTree } from '../support/memory-tree.ts';

type Case = {
  readonly name: string;
  readonly files: readonly string[];
  readonly tool?: ToolName;
  readonly directory?: string;
  readonly expected?: readonly [tool: string, directory: string];
  readonly refused?: RegExp;
};

const DBMATE = '-- migrate:up\nselect 1;\n-- migrate:down\n';
const cases: readonly Case[] = [
  { name: 'nothing there', files: ['README.md'] },
  { name: 'sql', files: ['migrations/1.sql'], expected: ['sql', 'migrations'] },
  { name: 'dbmate', files: ['db/migrations/1_dbmate.sql'], expected: ['dbmate', 'db/migrations'] },
  {
    name: 'prisma',
    files: ['prisma/migrations/1_a/migration.sql'],
    expected: ['prisma', 'prisma/migrations'],
  },
  {
    name: 'several folders',
    files: ['migrations/1.sql', 'db/migrations/1_dbmate.sql'],
    refused: /fits: migrations \(sql\), db\/migrations \(dbmate\)/,
  },
  {
    name: 'several folders, one named',
    files: ['migrations/1.sql', 'db/migrations/1_dbmate.sql'],
    directory: 'db/migrations/',
    expected: ['dbmate', 'db/migrations'],
  },
  {
    name: 'several folders, a tool named',
    files: ['migrations/1.sql', 'db/migrations/1_dbmate.sql'],
    tool: 'sql',
    expected: ['sql', 'migrations'],
  },
  { name: 'an unusual folder', files: ['x/y/1.sql'], directory: 'x/y', expected: ['sql', 'x/y'] },
  {
    name: 'folder and tool named: taken at their word',
    files: ['x/1_dbmate.sql'],
    tool: 'sql',
    directory: 'x',
    expected: ['sql', 'x'],
  },
  { name: 'the top of the tree', files: ['1.sql'], directory: '.', expected: ['sql', '.'] },
  { name: 'the top, dbmate', files: ['1_dbmate.sql'], directory: '.', expected: ['dbmate', '.'] },
  { name: 'the top, prisma', files: ['1_a/migration.sql'], directory: '.', expected: ['prisma', '.'] },
  { name: 'a missing folder', files: [], directory: 'x', refused: /x is missing or empty/ },
  {
    name: 'a folder of another tool',
    files: ['x/V1__a.sql'],
    directory: 'x',
    refused: /x does not look like/,
  },
  {
    name: 'a tool without its folder',
    files: ['migrations/1.sql'],
    tool: 'prisma',
    refused: /No folder of prisma/,
  },
];

for (const { name, files, tool = 'auto', directory, expected, refused } of cases) {
  test(name, async () => {
    const tree = memoryTree(
      Object.fromEntries(files.map((path) => [path, path.includes('dbmate') ? DBMATE : 'select 1;'])),
    );
    const detection = detectTool(tree, { tool, directory });
    if (refused !== undefined) {
      await assert.rejects(detection, { name: 'UserError', message: refused });
      return;
    }
    const detected = await detection;
    assert.deepEqual(detected && [detected.tool.name, detected.directory], expected);
  });
}

for (const [name, tool] of Object.entries({
  '1_dbmate.sql': 'dbmate',
  '1_a/migration.sql': 'prisma',
  '1.sql': 'sql',
})) {
  test(`${tool} migrations at the top keep their path`, async () => {
    const tree = memoryTree({ [name]: tool === 'dbmate' ? DBMATE : 'select 1;' });
    const detected = await detectTool(tree, { tool: 'auto', directory: '.' });
    const list = (await detected?.tool.list(tree, '.')) ?? [];
    assert.deepEqual(
      list.map(({ path }) => path),
      [name],
    );
  });
}
