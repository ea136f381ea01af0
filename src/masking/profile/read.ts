import { CHECK_DIGITS, type NamedStrategy, type Strategy } from '../strategy.ts';
import { canonical } from './canonical.ts';
import { parseLink } from './entry-names.ts';
import { parseColumnPattern, parseColumnPlace, parsePath, parseTablePattern } from './names.ts';
import type { ColumnRule, MaskingProfile, TableEntry } from './profile.ts';
import type { WrittenProfile } from './schema.ts';

type Written = Readonly<Record<string, unknown>>;

/** The profile of checked data. */
export function readProfile(written: WrittenProfile): MaskingProfile {
  return {
    unknown: written.unknown,
    tables: sorted(Object.entries(written.tables).map(([key, table]) => readTable(key, table))),
    allow: sorted(
      Object.entries(written.allow).map(([key, entry]) => ({
        column: must(parseColumnPlace(key)),
        ...entry,
      })),
    ),
    texts: sorted(Object.entries(written.texts).map(([object, entry]) => ({ object, ...entry }))),
    links: sorted(
      written.links.map((one) => {
        const { link, when } = typeof one === 'string' ? { link: one, when: undefined } : one;
        return { ...must(parseLink(link)), when };
      }),
    ),
    keep: sorted(
      Object.entries(written.keep).map(([key, entry]) => {
        const { schema, table } = must(parseTablePattern(key));
        return { schema: schema.text, table: table.text, ...entry };
      }),
    ),
    verify: {
      sample: written.verify.sample,
      canaries: written.verify.canaries?.slice('env:'.length),
      queries: sorted(Object.entries(written.verify.queries).map(([name, sql]) => ({ name, sql }))),
    },
  };
}

function readTable(key: string, table: WrittenProfile['tables'][string]): TableEntry {
  const pattern = must(parseTablePattern(key));
  if (table === 'empty') return { pattern, rows: 'empty', columns: [], subset: undefined, sample: undefined };
  const { subset, sample, ...columns } = table === 'clear' ? { '*': 'clear' } : (table as Written);
  return {
    pattern,
    rows: 'copy',
    columns: sorted(
      Object.entries(columns).map(([name, rule]) => ({
        pattern: must(parseColumnPattern(name)),
        rule: readRule(rule),
      })),
    ),
    subset: subset as string | undefined,
    sample: sample === undefined ? undefined : share(sample as string),
  };
}

/** A checked strategy as a person writes it; `like` only for a whole column. */
export function readRule(written: unknown): ColumnRule {
  const like = (written as Written).like;
  return like === undefined
    ? readStrategy(written)
    : { as: 'like', column: must(parseColumnPlace(like as string)) };
}

const FORMS: Readonly<Record<string, (value: never) => Strategy>> = {
  as: (name: string) => named(name),
  digits: ({ check, keep }: { check?: (typeof CHECK_DIGITS)[number]; keep?: number }) => digits(check, keep),
  shift: (days: string) => ({ as: 'shift', days: Number.parseInt(days, 10) }),
  noise: (ratio: string) => ({ as: 'noise', ratio: share(ratio) }),
  set: (value: string) => ({ as: 'set', value }),
  sql: (expression: string) => ({ as: 'sql', expression }),
  derive: (expression: string) => ({ as: 'derive', expression }),
  elements: (each: unknown) => ({ as: 'elements', each: readStrategy(each) }),
};

function readStrategy(written: unknown): Strategy {
  if (typeof written === 'string') return named(written);
  const [[key, value] = ['', undefined], ...others] = Object.entries(written as Written);
  const { shift, by } = written as Written;
  if (shift !== undefined && by !== undefined)
    return { ...readStrategy({ shift }), by: String(by) } as Strategy;
  const form = Object.hasOwn(FORMS, key) ? FORMS[key] : undefined;
  return form && others.length === 0 ? form(value as never) : readJson(written as Written);
}

function readJson(written: Written): Strategy {
  const paths = Object.entries(written)
    .filter(([key]) => key !== '*')
    .map(([key, strategy]) => ({ path: must(parsePath(key)), strategy: readStrategy(strategy) }));
  return { as: 'json', paths: sorted(paths), otherwise: (written['*'] ?? 'fail') as 'fail' };
}

function named(name: string): Strategy {
  const check = CHECK_DIGITS.find((one) => name === `id.${one}`);
  if (check !== undefined || name === 'digits') return digits(check, undefined);
  return { as: name as NamedStrategy };
}

function digits(check: (typeof CHECK_DIGITS)[number] | undefined, keep: number | undefined): Strategy {
  return { as: 'digits', ...(check === undefined ? {} : { check }), ...(keep === undefined ? {} : { keep }) };
}

/** `12.5%` as 0.125: read as text, since 12.5 / 100 need not be the nearest number. */
function share(text: string): number {
  return Number(`${text.slice(0, -1)}e-2`);
}

function sorted<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, text: canonical(item) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item);
}

function must<T>(parsed: T | undefined): T {
  if (parsed === undefined) throw new Error('A name was not checked before it was read.');
  return parsed;
}
