import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import type { RehearseJson } from '../../src/report/rehearse-json-schema.ts';
import { toolsPath } from './real-tools.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).href;
const PROGRAM = `const { main } = await import(${JSON.stringify(MAIN)}); await main(process.argv.slice(1));`;

export type RehearsedStatement = RehearseJson['files'][number]['statements'][number];

export type Rehearsed = {
  readonly json: RehearseJson;
  readonly statements: readonly RehearsedStatement[];
};

/** Runs `pullgres rehearse` in a project on a database, as a person would, and reads its JSON. */
export async function rehearsed(
  folder: string,
  facts: ConnectionFacts,
  ...args: readonly string[]
): Promise<Rehearsed> {
  const all = ['--input-type=module', '--eval', PROGRAM, 'rehearse', '--format', 'json', ...args];
  const env = {
    PATH: toolsPath(),
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    DATABASE_URL: connectionUrl(facts).reveal(),
  };
  const child = spawn(process.execPath, all, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (data) => (said.out += data));
  child.stderr.on('data', (data) => (said.err += data));
  await new Promise((resolve) => child.on('close', resolve));
  assert.notEqual(said.out, '', said.err);
  const json = JSON.parse(said.out) as RehearseJson;
  assert.equal(json.rehearsal.status, 'passed', `${said.out}\n${said.err}`);
  return { json, statements: json.files.flatMap(({ statements }) => statements) };
}
