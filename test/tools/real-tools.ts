import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { accessSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { realToolsDirectory } from '../../scripts/real-tools.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl, libpqEnvironment } from '../../src/postgres/url.ts';

/** Where programs are found: those that npm installed there come first, as for npm's own scripts. */
export function toolsPath(): string {
  return [join(realToolsDirectory, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
}

/** The path of what npm installed there. Throws when it is missing: a proof that is left out proves nothing. */
export function installed(name: string): string {
  const path = join(realToolsDirectory, 'node_modules', name);
  try {
    accessSync(path);
  } catch {
    assert.fail(`${path} is missing: run \`npm run test:tools\`, which installs the real tools first.`);
  }
  return path;
}

/** The path of a program that a package brings. */
export function program(name: string): string {
  return installed(join('.bin', name));
}

/** A tool's project as it stands in the repository. */
export function fixtureOf(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tools/${name}`, import.meta.url));
}

/** A project of fixtures/tools in a folder of its own, below the tools, so that its files find their packages. */
export function projectOf(name: string): string {
  mkdirSync(realToolsDirectory, { recursive: true });
  const folder = mkdtempSync(join(realToolsDirectory, `project-${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(fixtureOf(name), folder, { recursive: true });
  return folder;
}

export type Said = { readonly code: number; readonly output: string };

/** A tool's run in a project, on a database. */
export type Runner = (command: string, ...args: string[]) => Promise<Said>;

/** Runs programs in a folder, with the database in the environment as DATABASE_URL and as libpq's variables. */
export function runnerIn(folder: string, facts: ConnectionFacts): Runner {
  const env = {
    ...process.env,
    ...libpqEnvironment(facts),
    PATH: toolsPath(),
    DATABASE_URL: connectionUrl(facts).reveal(),
    // graphile-migrate wants one to be named even where it does not use it.
    SHADOW_DATABASE_URL: `${connectionUrl(facts).reveal()}_shadow`,
    DATASOURCE: datasourceOf(facts),
    LIQUIBASE_COMMAND_URL: `jdbc:postgresql://${facts.host}:${facts.port}/${facts.database}`,
    LIQUIBASE_COMMAND_USERNAME: facts.user,
    LIQUIBASE_COMMAND_PASSWORD: facts.password.reveal(),
    LIQUIBASE_COMMAND_CHANGELOG_FILE: 'db/changelog/master.yaml',
    NO_COLOR: '1',
    LANG: 'C.UTF-8',
  };
  return (command, ...args) =>
    new Promise((resolve) => {
      execFile(command, args, { cwd: folder, env, timeout: 300_000 }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        const why = error && typeof error.code !== 'number' ? String(error) : '';
        resolve({ code, output: `${stdout}${stderr}${why}` });
      });
    });
}

/** What a run printed; it must have ended well. */
export async function output(run: Promise<Said>): Promise<string> {
  const { code, output } = await run;
  assert.equal(code, 0, output);
  return output;
}

/** The connection as Go's lib/pq writes it in words. */
function datasourceOf({ host, port, user, password, database }: ConnectionFacts): string {
  return `host=${host} port=${port} user=${user} password=${password.reveal()} dbname=${database} sslmode=disable`;
}
