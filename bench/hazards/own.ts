import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LintJson } from '../../src/report/lint-json-schema.ts';
import { lint } from '../../src/rules/lint.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { fileText, type HazardCase } from './cases.ts';
import { ownClaim } from './claims.ts';
import type { Verdict } from './score.ts';

/** Ours, in this process: what `pullgres lint --schema` says of a file with this one statement. */
export function judgeHere(one: HazardCase, version: PostgresVersion): Verdict {
  const { catalog } = one;
  const text = fileText(one);
  const up = { startByte: 0, endByte: Buffer.byteLength(text) };
  const source = { file: 'change.sql', text, up, transaction: 'none' } as const;
  const { statements, findings, problems } = lint({ sources: [source], catalog, version, severities: {} });
  const locks = statements.flatMap(({ effects }) => effects.relations);
  const tables = locks.filter(({ kind }) => kind !== 'index' && kind !== 'sequence' && kind !== 'view');
  return {
    findings: findings.map(({ rule }) => ({ rule, claim: ownClaim(rule) })),
    locks: new Map(tables.map(({ relation, lock }) => [relation, lock])),
    conditional: new Set(tables.flatMap(({ relation, conditional }) => (conditional ? [relation] : []))),
    ...(problems.length > 0 ? { unread: true } : {}),
  };
}

type Statement = LintJson['files'][number]['statements'][number];
/** What the command line said, and the statements as its JSON has them. */
export type Told = Verdict & { readonly statements: readonly Statement[] };

/** Ours, as the bundle on the command line says it of one file. */
export async function judgeByCommand(
  cli: string,
  file: string,
  { schema, version }: { schema: string; version: PostgresVersion },
): Promise<Told> {
  const words = [cli, 'lint', '--format', 'json', '--postgres', `${version}`, '--schema', schema, file];
  const result = JSON.parse(await outputOf(process.execPath, words)) as LintJson;
  const statements = result.files.flatMap((one) => one.statements);
  return {
    findings: result.files.flatMap((one) =>
      one.findings.map(({ rule }) => ({ rule, claim: ownClaim(rule) })),
    ),
    locks: new Map(statements.flatMap((one) => one.locks.map(({ relation, mode }) => [relation, mode]))),
    statements,
    ...(result.files.every(({ parsed }) => parsed) ? {} : { unread: true }),
  };
}

/** Exit code 1 is a finding. */
function outputOf(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(program, words, { maxBuffer: 64e6 }, (error, stdout, stderr) =>
      error === null || error.code === 1
        ? resolve(stdout)
        : reject(new Error(`${words.join(' ')}: ${stderr}`)),
    ),
  );
}

/** One file a statement, in their order. */
export async function writeFiles(folder: string, cases: readonly HazardCase[]): Promise<readonly string[]> {
  return Promise.all(
    cases.map(async (one, place) => {
      const file = join(folder, `${String(place).padStart(5, '0')}.sql`);
      await writeFile(file, fileText(one));
      return file;
    }),
  );
}
