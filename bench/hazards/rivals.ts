import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { groupBy } from '../../src/group-by.ts';
import { LOCK_MODES, type PostgresVersion } from '../../src/sql/effect.ts';
import { claimOf, PGFENCE, SQUAWK } from './claims.ts';
import type { Verdict } from './score.ts';

const UNREAD: Verdict = { findings: [], locks: new Map(), unread: true };

type Squawked = { readonly file: string; readonly rule_name: string };

/** squawk on all files with its default rules. A file on which it crashes is found by halves, and counts as unread. */
export async function judgeBySquawk(
  modules: string,
  files: readonly string[],
  version: PostgresVersion,
): Promise<readonly Verdict[]> {
  const words = ['--pg-version', `${version}.0`, '--reporter', 'json', ...files];
  const { code, stdout } = await run(join(modules, '.bin', 'squawk'), words);
  if (code > 1) {
    if (files.length === 1) return [UNREAD];
    const half = Math.ceil(files.length / 2);
    const first = await judgeBySquawk(modules, files.slice(0, half), version);
    return [...first, ...(await judgeBySquawk(modules, files.slice(half), version))];
  }
  const found = groupBy(JSON.parse(stdout) as readonly Squawked[], ({ file }) => file);
  return files.map((file) => {
    const names = (found.get(file) ?? []).map(({ rule_name }) => rule_name);
    if (names.includes('syntax-error')) return UNREAD;
    return { findings: names.map((rule) => ({ rule, claim: claimOf(SQUAWK, rule) })), locks: new Map() };
  });
}

function run(
  program: string,
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) =>
    execFile(program, words, { maxBuffer: 256e6 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout }),
    ),
  );
}

type Fenced = {
  readonly checks: readonly {
    readonly ruleId: string;
    readonly risk: string;
    readonly lockMode: string;
    readonly tableName: string | null;
  }[];
  readonly policyViolations: readonly { readonly ruleId: string }[];
};
type Analyzer = {
  readonly analyze: (files: readonly string[], config: object) => Promise<readonly Fenced[]>;
};

/**
 * pgfence by the function that its command calls, with the command's defaults: the command itself stops at the first
 * file that its parser (of Postgres 16) cannot read.
 */
export async function judgeByPgfence(
  modules: string,
  files: readonly string[],
  version: PostgresVersion,
): Promise<readonly Verdict[]> {
  const address = pathToFileURL(join(modules, '@flvmnt', 'pgfence', 'dist', 'analyzer.js'));
  const { analyze } = (await import(address.href)) as Analyzer;
  const config = {
    format: 'auto',
    output: 'json',
    minPostgresVersion: version,
    maxAllowedRisk: 'HIGH',
    requireLockTimeout: true,
    requireStatementTimeout: true,
  };
  const verdicts: Verdict[] = [];
  for (const file of files)
    verdicts.push(
      await analyze([file], config).then(
        ([one]) => (one === undefined ? UNREAD : fencedVerdict(one)),
        () => UNREAD,
      ),
    );
  return verdicts;
}

function fencedVerdict({ checks, policyViolations }: Fenced): Verdict {
  const named = checks.flatMap(({ tableName, lockMode }) =>
    tableName === null ? [] : [[qualified(tableName), pgLocksWord(lockMode)] as const],
  );
  return {
    findings: [
      ...checks.map(({ ruleId, risk }) => ({ rule: ruleId, claim: claimOf(PGFENCE, ruleId, risk) })),
      ...policyViolations.map(({ ruleId }) => ({ rule: ruleId, claim: claimOf(PGFENCE, ruleId) })),
    ],
    locks: new Map(named.toSorted(([, a], [, b]) => strength(a) - strength(b))),
  };
}

function strength(mode: string): number {
  return (LOCK_MODES as readonly string[]).indexOf(mode);
}

function qualified(name: string): string {
  return name.includes('.') ? name : `public.${name}`;
}

/** `ACCESS EXCLUSIVE` is `AccessExclusiveLock` in pg_locks. */
function pgLocksWord(mode: string): string {
  return `${mode.replace(/\w+ ?/g, (word) => word.charAt(0) + word.slice(1).trim().toLowerCase())}Lock`;
}
