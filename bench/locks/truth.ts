import { readFileSync } from 'node:fs';
import { LOCK_MODES, POSTGRES_VERSIONS, type PostgresVersion } from '../../src/sql/effect.ts';
import { AREAS } from './cases.ts';
import { sorted } from './measured.ts';
import type { Shown } from './site.ts';

/** What the servers showed for one case, by major version. */
export type Truth = {
  readonly area: string;
  readonly sql: string;
  readonly given: string | undefined;
  readonly shown: ReadonlyMap<PostgresVersion, Shown>;
};

export const TRUTH_FILE = new URL('truth.json', import.meta.url);

/** As the file holds it: `public.` is left out, and so is what is empty. Runs of versions are `13-16`, one is `17`. */
type Written = {
  readonly refused?: string;
  readonly alone?: true;
  readonly locks?: Readonly<Record<string, readonly string[]>>;
  readonly rewrites?: readonly string[];
  readonly scans?: readonly string[];
  readonly builds?: readonly string[];
};
type Entry = {
  readonly sql: string;
  /** Its place among `given`. */
  readonly given?: number;
  readonly on: Readonly<Record<string, Written>>;
};
type File = {
  readonly given: readonly string[];
  readonly areas: Readonly<Record<string, readonly Entry[]>>;
};

/** The committed table. */
export function readTruth(): readonly Truth[] {
  const file = JSON.parse(readFileSync(TRUTH_FILE, 'utf8')) as File;
  return Object.entries(file.areas).flatMap(([area, entries]) =>
    entries.map(({ sql, given, on }) => ({
      area,
      sql,
      given: given === undefined ? undefined : file.given[given],
      shown: new Map(
        Object.entries(on).flatMap(([run, written]) =>
          versionsOf(run).map((one) => [one, toShown(written)] as const),
        ),
      ),
    })),
  );
}

/** The table as text: one line a run of versions, so that a difference reads as one. */
export function truthText(truths: readonly Truth[]): string {
  const given = [...new Set(truths.flatMap((truth) => truth.given ?? []))];
  const areas = Object.keys(AREAS)
    .sort()
    .map((area) => {
      const entries = truths.filter((truth) => truth.area === area).map((truth) => entryText(truth, given));
      return `    ${JSON.stringify(area)}: [${entries.length === 0 ? '' : `\n${entries.join(',\n')}\n    `}]`;
    });
  const texts = given.map((text) => `    ${JSON.stringify(text)}`).join(',\n');
  return `{\n  "given": [\n${texts}\n  ],\n  "areas": {\n${areas.join(',\n')}\n  }\n}\n`;
}

function entryText({ sql, given, shown }: Truth, all: readonly string[]): string {
  const place = given === undefined ? '' : `"given": ${all.indexOf(given)}, `;
  const runs = runsOf(shown).map(
    ({ name, one }) => `        ${JSON.stringify(name)}: ${JSON.stringify(toWritten(one))}`,
  );
  return `      {${place}"sql": ${JSON.stringify(sql)}, "on": {\n${runs.join(',\n')}}}`;
}

/** Versions next to each other that showed the same. */
export function runsOf(
  shown: Truth['shown'],
): readonly { readonly name: string; readonly versions: readonly PostgresVersion[]; readonly one: Shown }[] {
  const runs: { versions: PostgresVersion[]; one: Shown }[] = [];
  for (const version of POSTGRES_VERSIONS) {
    const one = shown.get(version);
    if (one === undefined) continue;
    const last = runs.at(-1);
    const continues =
      last?.versions.at(-1) === version - 1 && JSON.stringify(last?.one) === JSON.stringify(one);
    if (continues) last?.versions.push(version);
    else runs.push({ versions: [version], one });
  }
  return runs.map(({ versions, one }) => ({ name: runName(versions), versions, one }));
}

function runName(versions: readonly number[]): string {
  return versions.length === 1 ? `${versions[0]}` : `${versions[0]}-${versions.at(-1)}`;
}

function versionsOf(run: string): readonly PostgresVersion[] {
  const [first = 0, last = first] = run.split('-').map(Number);
  return POSTGRES_VERSIONS.filter((version) => first <= version && version <= last);
}

function toWritten(shown: Shown): Written {
  if ('refused' in shown) return { refused: shown.refused };
  const { locks, rewrites, scans, builds, transaction } = shown;
  const held = locks.map((lock) => lock.split(/ (?=\w+$)/) as [string, string]);
  const byMode = [...LOCK_MODES].reverse().flatMap((mode) => {
    const names = held.filter(([, found]) => found === mode).map(([name]) => short(name));
    return names.length === 0 ? [] : [[mode, names]];
  });
  return {
    ...(transaction === 'alone' ? { alone: true } : {}),
    ...(byMode.length > 0 ? { locks: Object.fromEntries(byMode) } : {}),
    ...(rewrites.length > 0 ? { rewrites: rewrites.map(short) } : {}),
    ...(scans.length > 0 ? { scans: scans.map(short) } : {}),
    ...(builds.length > 0 ? { builds: builds.map(short) } : {}),
  };
}

function toShown({ refused, alone, locks = {}, rewrites = [], scans = [], builds = [] }: Written): Shown {
  if (refused !== undefined) return { refused };
  const held = Object.entries(locks).flatMap(([mode, names]) => names.map((name) => `${long(name)} ${mode}`));
  return {
    locks: sorted(held),
    rewrites: rewrites.map(long),
    scans: scans.map(long),
    builds: builds.map(long),
    transaction: alone ? 'alone' : 'inside',
  };
}

function short(name: string): string {
  return name.replace(/^public\./, '');
}

function long(name: string): string {
  return name.includes('.') ? name : `public.${name}`;
}
