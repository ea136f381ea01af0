import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import {
  findCycle,
  type Import,
  importsOf,
  readSources,
  roomOf,
  type Source,
} from './support/import-graph.ts';

/** Which rooms a room may import (design, section 3). Files above the rooms may be imported by all. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  actions: ['operations', 'runner'],
  cli: ['operations', 'runner'],
  operations: [
    'branching',
    'evidence',
    'github',
    'masking',
    'migrations',
    'policy',
    'postgres',
    'refresh',
    'rehearsal',
    'report',
    'rules',
    'runner',
    'sql',
    'testing',
  ],
  runner: ['evidence'],
  github: [],
  policy: ['rules', 'sql'],
  branching: ['postgres'],
  postgres: ['sql'],
  migrations: ['sql'],
  rehearsal: ['evidence', 'migrations', 'postgres', 'rules', 'sql'],
  refresh: ['branching', 'evidence', 'masking', 'postgres'],
  testing: ['evidence', 'postgres/facts.ts', 'postgres/url.ts'],
  rules: ['sql'],
  evidence: ['rules', 'sql'],
  report: ['evidence', 'rules', 'sql'],
  masking: ['sql'],
  sql: [],
};

/** The entries pass the rooms' types from one operation to the next; erased types do no work. */
const MAY_NAME_ALL_TYPES = ['actions', 'cli'];

/** Arrows that stand against the list and are to go. One that is gone must leave this list too. */
const DEBTS: readonly string[] = [];

/** Libraries that only one room may know. */
const PACKAGES: readonly { readonly names: RegExp; readonly room: string }[] = [
  { names: /^pg(-|\/|$)/, room: 'postgres' },
  { names: /^(@octokit\/|octokit|@actions\/github(\/|$))/, room: 'github' },
  { names: /^@actions\/(?!github(\/|$))/, room: 'runner' },
  { names: /^libpg-query/, room: 'sql' },
  { names: /^pgsql-ast-parser/, room: 'masking' },
  { names: /^fast-xml-parser/, room: 'testing' },
  { names: /^fflate/, room: 'github' },
];

/** Data in, data out: no clock, network, file, environment. */
const PURE_ROOMS = ['sql', 'rules', 'masking', 'evidence', 'report'];
const WORLDLY =
  /^node:(child_process|cluster|dgram|dns|fs|http|https|http2|net|os|process|timers|tls|worker_threads)(\/|$)/;
/** Reads the grammar itself, which comes as WebAssembly beside the code. */
const GRAMMAR_LOADER = 'sql/engine.ts';

const VAGUE_NAMES = /(^|\/)(utils?|helpers?|common|misc|lib)(\/|\.ts$)/;
const BARREL = /^export\s+(type\s+)?\*/m;

function allowed({ from, to, typeOnly }: Import): boolean {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (target === undefined || room === target) return true;
  if (room === undefined) return false;
  if (typeOnly && MAY_NAME_ALL_TYPES.includes(room)) return true;
  return (ARROWS[room] ?? []).some((arrow) => arrow === target || arrow === to);
}

function judgePackage({ from, to }: Import): string | undefined {
  const owner = PACKAGES.find(({ names }) => names.test(to))?.room;
  if (owner !== undefined && owner !== roomOf(from))
    return `${from} imports ${to}, which belongs to ${owner}`;
  const pure = PURE_ROOMS.includes(roomOf(from) ?? '') && from !== GRAMMAR_LOADER;
  return pure && WORLDLY.test(to) ? `${from} imports ${to}, but its room is pure` : undefined;
}

/** Everything that is wrong with the sources, one line each; empty when all is well. */
function judge(sources: readonly Source[], debts: readonly string[]): readonly string[] {
  const imports = sources.flatMap(importsOf);
  const files = imports.filter(({ kind }) => kind === 'file');
  const forbidden = new Set(files.filter((each) => !allowed(each)).map(({ from, to }) => `${from} → ${to}`));
  const cycle = findCycle(imports);
  const unknown = sources.filter(({ path }) => ![undefined, ...Object.keys(ARROWS)].includes(roomOf(path)));
  return [
    ...[...forbidden].filter((arrow) => !debts.includes(arrow)).map((arrow) => `forbidden: ${arrow}`),
    ...debts.filter((debt) => !forbidden.has(debt)).map((debt) => `paid, take it off the list: ${debt}`),
    ...imports.filter(({ kind }) => kind === 'package').flatMap((each) => judgePackage(each) ?? []),
    ...(cycle === undefined ? [] : [`cycle: ${cycle.join(' → ')}`]),
    ...unknown.map(({ path }) => `no such room: ${path}`),
    ...sources.filter(({ path }) => VAGUE_NAMES.test(path)).map(({ path }) => `vague name: ${path}`),
    ...sources.filter(({ text }) => BARREL.test(text)).map(({ path }) => `barrel: ${path}`),
  ];
}

describe('the rooms of src/', () => {
  let sources: readonly Source[];
  before(async () => {
    sources = await readSources(join(import.meta.dirname, '../src'));
  });

  it('are read', () => {
    assert.ok(sources.length > 50, `${sources.length} files`);
    const imports = sources.flatMap(importsOf);
    assert.ok(imports.some(({ from, to }) => from === 'postgres/connection.ts' && to === 'pg'));
    assert.ok(imports.some(({ from, to }) => from === 'testing/record.ts' && to === 'evidence/schema.ts'));
  });

  it('import only what the design allows', () => {
    assert.deepEqual(judge(sources, DEBTS), []);
  });
});

const madeUp: readonly { what: string; path: string; text: string; says: string }[] = [
  {
    what: 'an arrow upwards',
    path: 'sql/parse.ts',
    text: `import { rules } from '../rules/registry.ts';`,
    says: 'forbidden: sql/parse.ts → rules/registry.ts',
  },
  {
    what: 'an arrow written over several lines',
    path: 'report/comment.ts',
    text: `import {\n  openConnection,\n} from '../postgres/connection.ts';`,
    says: 'forbidden: report/comment.ts → postgres/connection.ts',
  },
  {
    what: 'a dynamic import',
    path: 'rules/x/rule.ts',
    text: `export const rule = async () => import('../../github/api.ts');`,
    says: 'forbidden: rules/x/rule.ts → github/api.ts',
  },
  {
    what: 'an import for its effects',
    path: 'github/api.ts',
    text: `import '../runner/actions-world.ts';`,
    says: 'forbidden: github/api.ts → runner/actions-world.ts',
  },
  {
    what: 'a type of a forbidden room',
    path: 'masking/profile.ts',
    text: `import type { Rule } from '../rules/rule.ts';`,
    says: 'forbidden: masking/profile.ts → rules/rule.ts',
  },
  {
    what: 'work in an entry',
    path: 'actions/lint.ts',
    text: `import { lint } from '../rules/lint.ts';`,
    says: 'forbidden: actions/lint.ts → rules/lint.ts',
  },
  {
    what: 'more of a room than the part that is allowed',
    path: 'testing/run.ts',
    text: `import { openConnection } from '../postgres/connection.ts';`,
    says: 'forbidden: testing/run.ts → postgres/connection.ts',
  },
  {
    what: 'a driver outside its room',
    path: 'branching/postgres.ts',
    text: `import { Client } from 'pg';`,
    says: 'branching/postgres.ts imports pg, which belongs to postgres',
  },
  {
    what: 'a stream of the driver outside its room',
    path: 'refresh/copy.ts',
    text: `import { to } from 'pg-copy-streams';`,
    says: 'refresh/copy.ts imports pg-copy-streams, which belongs to postgres',
  },
  {
    what: 'octokit outside its room',
    path: 'operations/report.ts',
    text: `import { Octokit } from '@octokit/rest';`,
    says: 'operations/report.ts imports @octokit/rest, which belongs to github',
  },
  {
    what: 'the toolkit’s GitHub client outside its room',
    path: 'runner/run.ts',
    text: `import { context } from '@actions/github';`,
    says: 'runner/run.ts imports @actions/github, which belongs to github',
  },
  {
    what: 'the unpacker outside its room',
    path: 'operations/publish.ts',
    text: `import { unzipSync } from 'fflate';`,
    says: 'operations/publish.ts imports fflate, which belongs to github',
  },
  {
    what: 'the toolkit outside its room',
    path: 'github/api.ts',
    text: `import * as core from '@actions/core';`,
    says: 'github/api.ts imports @actions/core, which belongs to runner',
  },
  {
    what: 'a file read in a pure room',
    path: 'report/html.ts',
    text: `import { readFile } from 'node:fs/promises';`,
    says: 'report/html.ts imports node:fs/promises, but its room is pure',
  },
  {
    what: 'a barrel',
    path: 'rules/all.ts',
    text: `export * from './rule.ts';`,
    says: 'barrel: rules/all.ts',
  },
  { what: 'a vague folder', path: 'sql/utils/text.ts', text: '', says: 'vague name: sql/utils/text.ts' },
  { what: 'a vague file', path: 'sql/helpers.ts', text: '', says: 'vague name: sql/helpers.ts' },
  { what: 'a room that nobody knows', path: 'services/x.ts', text: '', says: 'no such room: services/x.ts' },
];

describe('the judge of the rooms says no to', () => {
  for (const { what, path, text, says } of madeUp) {
    it(what, () => assert.deepEqual(judge([{ path, text }], []), [says]));
  }

  it('a cycle, through any number of rooms', () => {
    const arrow = (from: string, to: string): Source => ({
      path: `${from}/a.ts`,
      text: `import type { A } from '../${to}/a.ts';`,
    });
    const said = judge([arrow('sql', 'rules'), arrow('rules', 'evidence'), arrow('evidence', 'sql')], []);
    assert.ok(said.includes('cycle: sql → rules → evidence → sql'), said.join('\n'));
  });

  it('a debt that is paid and still listed', () => {
    const debt = 'cli/lint.ts → report/text.ts';
    assert.deepEqual(judge([], [debt]), [`paid, take it off the list: ${debt}`]);
    assert.deepEqual(
      judge([{ path: 'cli/lint.ts', text: `import { a } from '../report/text.ts';` }], [debt]),
      [],
    );
  });
});

it('the judge of the rooms says yes to arrows that the design draws', () => {
  const sources: readonly Source[] = [
    {
      path: 'actions/lint.ts',
      text: `import { lint } from '../operations/lint.ts';\nimport { z } from 'zod';`,
    },
    { path: 'cli/main.ts', text: `import type { Verdict } from '../evidence/schema.ts';` },
    { path: 'operations/lint.ts', text: `import { lint } from '../rules/lint.ts';` },
    { path: 'rules/lint.ts', text: `import { parseSql } from '../sql/parse.ts';\nimport './rule.ts';` },
    { path: 'testing/run.ts', text: `import type { ConnectionFacts } from '../postgres/facts.ts';` },
    {
      path: 'sql/engine.ts',
      text: `import { readFileSync } from 'node:fs';\nimport parser from 'libpg-query';`,
    },
    {
      path: 'postgres/connection.ts',
      text: `import { Client } from 'pg';\nimport { UserError } from '../errors.ts';`,
    },
  ];
  assert.deepEqual(judge(sources, []), []);
});
