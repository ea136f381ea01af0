import { canonical } from './canonical.ts';
import { isAny, type NamePattern } from './names.ts';
import type { ColumnRule, MaskingProfile, TableEntry } from './profile.ts';
import { ruleBook } from './rules.ts';
import { nameText, pathText, patternText, ruleText, tableText } from './strategy-text.ts';

/** Something that a change of the profile masks less than before. */
export type Weakening = { readonly where: string; readonly what: string };

/** Compares two profiles: all that the second leaves clear, takes or trusts where the first did not. */
export function weakenedRules(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  return [
    ...unknownWeakened(before, after),
    ...tablesWeakened(before, after),
    ...allowWeakened(before, after),
    ...textsWeakened(before, after),
    ...keepWeakened(before, after),
    ...verifyWeakened(before, after),
  ];
}

/** What fails is safest; what is emptied tells less than what is masked. */
const STRICTNESS = ['mask', 'empty', 'fail'];

function unknownWeakened(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  const weaker = STRICTNESS.indexOf(after.unknown) < STRICTNESS.indexOf(before.unknown);
  return weaker ? [{ where: 'unknown', what: `${before.unknown} → ${after.unknown}` }] : [];
}

/** Every entry of either profile, asked of both. */
function tablesWeakened(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  const [was, is] = [finder(before), finder(after)];
  const tables = new Map(
    [...before.tables, ...after.tables].map((entry) => [canonical(entry.pattern), entry.pattern]),
  );
  return [...tables.values()].flatMap((pattern) => {
    const where = `${pattern.schema.text === 'public' && !pattern.schema.glob ? '' : `${patternText(pattern.schema)}.`}${patternText(pattern.table)}`;
    const [old, now] = [was(pattern), is(pattern)];
    if (now.rows === 'empty') return [];
    if (old.rows === 'empty') return [{ where, what: 'its rows are copied now; it was empty' }];
    return [...rowsWeakened(where, old, now), ...columnsWeakened(where, old, now)];
  });
}

type Found = {
  readonly rows: 'copy' | 'empty';
  readonly subset: string | undefined;
  readonly sample: number | undefined;
  readonly names: readonly NamePattern[];
  /** Undefined when `unknown` decides. */
  readonly rule: (column: NamePattern) => ColumnRule | undefined;
};

/** A pattern is looked up as a name of its own letters: what decides of it decides of what fits it. */
function finder(profile: MaskingProfile): (pattern: TableEntry['pattern']) => Found {
  const book = ruleBook(profile);
  const entries = new Map(profile.tables.map((entry) => [canonical(entry.pattern), entry]));
  return (pattern) => {
    const rules = book(pattern.schema.text, pattern.table.text);
    const own = entries.get(canonical(pattern));
    const exactly = new Map(own?.columns.map((one) => [canonical(one.pattern), one.rule]));
    return {
      rows: own?.rows ?? rules.rows,
      subset: own?.subset ?? rules.subset,
      sample: own?.sample ?? rules.sample,
      names: own?.columns.map((one) => one.pattern) ?? [],
      rule: (column) => {
        const exact = exactly.get(canonical(column));
        if (exact !== undefined) return exact;
        return (isAny(column) ? rules.remaining : (rules.named(column.text) ?? rules.remaining))?.rule;
      },
    };
  };
}

function rowsWeakened(where: string, old: Found, now: Found): readonly Weakening[] {
  const subset = old.subset !== undefined && now.subset !== old.subset;
  const sample = old.sample !== undefined && (now.sample ?? 1) > old.sample;
  return [
    ...(subset
      ? [{ where, what: now.subset === undefined ? 'subset is dropped' : 'subset is another condition' }]
      : []),
    ...(sample ? [{ where, what: now.sample === undefined ? 'sample is dropped' : 'sample is larger' }] : []),
  ];
}

function columnsWeakened(where: string, old: Found, now: Found): readonly Weakening[] {
  const names = new Map([...old.names, ...now.names].map((name) => [canonical(name), name]));
  return [...names.values()].flatMap((name) => {
    const [was, is] = [old.rule(name), now.rule(name)];
    if (is === undefined || canonical(was) === canonical(is)) return [];
    const what = ruleWeakened(was, is);
    return what === undefined ? [] : [{ where: `${where}.${patternText(name)}`, what }];
  });
}

/** How one rule leaves more than another; undefined when it does not. */
function ruleWeakened(was: ColumnRule | undefined, is: ColumnRule): string | undefined {
  if (was?.as === 'clear') return undefined;
  const change = `${was === undefined ? 'no rule' : ruleText(was)} → ${ruleText(is)}`;
  if (is.as === 'clear' || is.as === 'sql') return change;
  if (was === undefined) return partsClear(is) ? change : undefined;
  if (was.as === 'shift' && is.as === 'shift') {
    // Dates of a row that move together keep what lies between them.
    const together = is.by !== undefined && is.by !== was.by;
    return is.days < was.days || together ? change : undefined;
  }
  if (was.as === 'noise' && is.as === 'noise') return is.ratio < was.ratio ? change : undefined;
  if (was.as === 'digits' && is.as === 'digits') return (is.keep ?? 0) > (was.keep ?? 0) ? change : undefined;
  if (is.as === 'digits' && (is.keep ?? 0) > 0) return change;
  if (was.as === 'json' && is.as === 'json') return jsonWeakened(was, is);
  if (was.as === 'elements' && is.as === 'elements') return ruleWeakened(was.each, is.each);
  // These keep something of the value.
  return is.as === 'shift' || is.as === 'noise' || partsClear(is) ? change : undefined;
}

function partsClear(rule: ColumnRule): boolean {
  if (rule.as === 'clear') return true;
  if (rule.as === 'elements') return partsClear(rule.each);
  return (
    rule.as === 'json' &&
    (rule.otherwise === 'clear' || rule.paths.some(({ strategy }) => partsClear(strategy)))
  );
}

type Json = Extract<ColumnRule, { as: 'json' }>;

function jsonWeakened(was: Json, is: Json): string | undefined {
  const changes = [
    ...(is.otherwise === 'clear' && was.otherwise !== 'clear' ? [`"*": ${was.otherwise} → clear`] : []),
    ...[...was.paths, ...is.paths].flatMap(({ path }) => {
      const [old, now] = [atPath(was, path), atPath(is, path)];
      const what = now && canonical(old) !== canonical(now) ? ruleWeakened(old, now) : undefined;
      return what === undefined ? [] : [`${pathText(path)}: ${what}`];
    }),
  ];
  return changes.length > 0 ? [...new Set(changes)].join(', ') : undefined;
}

/** What a document's strategy says of a path; undefined where its rest does, unless that is clear. */
function atPath({ paths, otherwise }: Json, path: readonly string[]): ColumnRule | undefined {
  const fitting = paths.filter((one) =>
    one.path.every((step, index) => step === '*' || step === path[index]),
  );
  const [best] = fitting.toSorted((a, b) => b.path.length - a.path.length);
  return best?.strategy ?? (otherwise === 'clear' ? { as: 'clear' } : undefined);
}

function allowWeakened(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  const old = new Map(before.allow.map((entry) => [canonical(entry.column), entry]));
  return after.allow.flatMap(({ column, until, owner, reason }) => {
    const path = column.path.length === 0 ? '' : `.${pathText(column.path)}`;
    const where = `allow: ${tableText(column)}.${nameText(column.column)}${path}`;
    const earlier = old.get(canonical(column));
    if (earlier === undefined) return [{ where, what: `allowed until ${until} by ${owner}: ${reason}` }];
    return until > earlier.until ? [{ where, what: `prolonged from ${earlier.until} to ${until}` }] : [];
  });
}

function textsWeakened(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  const old = new Map(before.texts.map((entry) => [entry.object, entry]));
  return after.texts.flatMap(({ object, until, owner, reason }) => {
    const where = `texts: ${object}`;
    const earlier = old.get(object);
    if (earlier === undefined) return [{ where, what: `allowed until ${until} by ${owner}: ${reason}` }];
    return until > earlier.until ? [{ where, what: `prolonged from ${earlier.until} to ${until}` }] : [];
  });
}

function keepWeakened(before: MaskingProfile, after: MaskingProfile): readonly Weakening[] {
  return after.keep.flatMap((entry) => {
    const earlier = before.keep.find(({ schema, table }) => schema === entry.schema && table === entry.table);
    if (earlier?.where === entry.where) return [];
    const what = earlier ? `${earlier.where} → ${entry.where}` : `rows with ${entry.where} are not masked`;
    return [{ where: `keep: ${tableText(entry)}`, what }];
  });
}

function verifyWeakened(
  { verify: was }: MaskingProfile,
  { verify: is }: MaskingProfile,
): readonly Weakening[] {
  const canaries = was.canaries !== undefined && is.canaries === undefined;
  return [
    ...(is.sample < was.sample ? [{ where: 'verify: sample', what: `${was.sample} → ${is.sample}` }] : []),
    ...(canaries ? [{ where: 'verify: canaries', what: 'no longer looked for' }] : []),
  ];
}
