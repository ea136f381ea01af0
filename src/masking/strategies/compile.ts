import { COMMON_DOMAINS, commonDomain } from '../domain.ts';
import { settingOf } from '../keys.ts';
import type { SourceColumn, SourceTable } from '../source.ts';
import type { Compiled, NamedStrategy, Refusal, Strategy } from '../strategy.ts';
import { type Bounds, type Check, checksOf } from './checks.ts';
import { emptyOf, maskConstant, maskExpression, maskNull } from './constants.ts';
import { maskElements } from './containers.ts';
import { clampedDates, maskDate } from './dates.ts';
import { maskDigits, maskPhone } from './digits.ts';
import { maskEmail, maskUrl } from './email.ts';
import { maskEnum } from './enums.ts';
import { boundsOf, heldAgainst, listedLabels, longestAllowed } from './held.ts';
import { maskInteger } from './integers.ts';
import { maskJson } from './json.ts';
import { INJECTIVE, maskedAs, type Outcome, refuse, type Subject, TRUSTED } from './masked.ts';
import { maskAddress, maskBytes, maskMac, maskUuid } from './network.ts';
import { maskNoise } from './numbers.ts';
import { maskRange } from './ranges.ts';
import { shiftBy } from './row-shift.ts';
import { quoted } from './sql.ts';
import { maskUsername, maskWords } from './words.ts';

export type Place = {
  readonly column: SourceColumn;
  readonly table: SourceTable;
  /** The key's domain. */
  readonly domain: string;
  /** For `derive`: other columns' masked SQL, of their own types, by name. */
  readonly masked?: ReadonlyMap<string, string> | undefined;
};

/**
 * Makes a strategy into an expression over the column's own row, of the column's own type, or says why it cannot be had
 * there. The expression calls built-in functions alone (those of hstore for an hstore) and reads the key by
 * current_setting, so its text holds no key and nothing has to be installed on the server. Equal values under one domain
 * and strategy give equal masks in every table.
 */
export function compileStrategy(
  strategy: Strategy,
  { column, table, domain, masked = new Map() }: Place,
): Compiled | { readonly refusal: Refusal } {
  const plain = { value: quoted(column.name), type: column.type, domain, column, table, masked };
  const checks = checksOf(plain);
  const subject = limited(plain, longestAllowed(checks));
  const outcome = maskPart(strategy, subject, checks);
  if ('refusal' in outcome) return outcome;
  const judged = strategy.as === 'clear' ? { notes: [] } : heldAgainst(checks, outcome, strategy);
  if ('refusal' in judged) return judged;
  const { sql, distinctness, foldsCase } = outcome;
  return {
    sql: strategy.as === 'clear' ? sql : `CAST(${sql} AS ${column.type.sql})`,
    domains: domainsOf(strategy, domain).filter((one) => sql.includes(`'${settingOf(one)}'`)),
    distinctness,
    foldsCase,
    notes: [...new Set([...outcome.notes, ...judged.notes])],
  };
}

/** Domains that a strategy may read: its own, and of a container those that its parts may have. */
function domainsOf({ as }: Strategy, domain: string): readonly string[] {
  return as === 'json' || as === 'elements' || as === 'text'
    ? [...new Set([domain, ...COMMON_DOMAINS])]
    : [domain];
}

/** A CHECK on char_length limits as varchar(n) does. */
function limited(subject: Subject, most: number | undefined): Subject {
  if (most === undefined) return subject;
  const maximumLength = Math.min(most, subject.type.maximumLength ?? most);
  return { ...subject, type: { ...subject.type, maximumLength } };
}

function maskPart(strategy: Strategy, subject: Subject, checks: readonly Check[]): Outcome {
  // An e-mail address in a document has the mask that it has in a column.
  const inner = (part: Strategy, of: Subject): Outcome =>
    maskPart(part, { ...of, domain: commonDomain(part) ?? of.domain }, []);
  switch (strategy.as) {
    case 'set':
      return maskConstant(subject, strategy.value);
    case 'sql':
    case 'derive':
      return maskExpression(subject, strategy.expression, strategy.as === 'derive');
    case 'digits':
      return digits(strategy, subject);
    case 'shift':
      return shift(strategy, subject, boundsOf(checks));
    case 'noise':
      return subject.type.category === 'range'
        ? maskRange(subject, strategy)
        : maskNoise(subject, strategy.ratio, boundsOf(checks));
    case 'json':
      return maskJson(subject, strategy, inner);
    case 'elements':
      return maskElements(subject, strategy.each, inner);
    default:
      return named(strategy.as, subject, checks);
  }
}

function shift(strategy: Extract<Strategy, { as: 'shift' }>, subject: Subject, bounds: Bounds): Outcome {
  if (strategy.by !== undefined) return shiftBy(subject, strategy.days, strategy.by);
  if (subject.type.category === 'range') return maskRange(subject, strategy);
  const outcome = maskDate(subject, strategy.days);
  return 'refusal' in outcome ? outcome : clampedDates(outcome, subject, bounds);
}

function digits(strategy: Extract<Strategy, { as: 'digits' }>, subject: Subject): Outcome {
  if (subject.type.category === 'text') return maskDigits(subject, strategy);
  if (strategy.check !== undefined || (strategy.keep ?? 0) > 0) {
    return refuse(
      `\`digits\` keeps digits and check digits in text only, not in ${subject.type.sql}`,
      'Leave `check` and `keep` out.',
    );
  }
  return wholeNumber('digits', subject);
}

/** Integers, and numerics without a scale that a bigint holds. */
function wholeNumber(as: Strategy['as'], subject: Subject): Outcome {
  const { category, precision, scale, sql } = subject.type;
  if (category === 'integer') return maskInteger(subject);
  if (category === 'numeric' && precision !== undefined && precision <= 18 && (scale ?? 0) === 0) {
    return maskInteger(subject, 'numeric');
  }
  return refuse(
    `\`${as}\` does not fit ${sql}`,
    REMEDIES[category] ?? 'Use `null`, `empty`, `set`, or `sql`.',
  );
}

const REMEDIES: Readonly<Record<string, string>> = {
  numeric: 'Use `noise`.',
  float: 'Use `noise`.',
  interval: 'Use `noise`.',
  date: 'Use `shift`.',
  timestamp: 'Use `shift`.',
  time: 'Use `shift`.',
  uuid: 'Use `uuid`.',
  network: 'Use `ip`.',
  mac: 'Use `mac`.',
  bytes: 'Use `bytes`.',
  enum: 'Use `enum`.',
  json: 'Use `json` with paths, or `text` for every string and number in it.',
  array: 'Use `elements`.',
  hstore: 'Use `elements`.',
  composite: 'Use `elements`.',
  range: 'Use `shift` or `noise`.',
  tsvector: "Use `derive`, such as to_tsvector('simple', notes).",
};

/** Strategies that make sense for whole numbers too. */
const OF_DIGITS: ReadonlySet<NamedStrategy> = new Set(['phone', 'code', 'postcode']);

function named(as: NamedStrategy, subject: Subject, checks: readonly Check[]): Outcome {
  const { category } = subject.type;
  if (as === 'clear')
    return maskedAs(subject.value, { distinctness: INJECTIVE, foldsCase: true, keeps: TRUSTED });
  if (as === 'null') return maskNull(subject);
  if (as === 'empty') return maskConstant(subject, emptyOf(subject.type));
  if (as === 'uuid') return maskUuid(subject);
  if (as === 'ip') return maskAddress(subject);
  if (as === 'mac') return maskMac(subject);
  if (as === 'bytes') return maskBytes(subject);
  if (as === 'enum') return maskEnum(subject, category === 'text' ? listedLabels(checks) : undefined);
  if (category === 'text') return ofText(as, subject);
  if (category === 'json' && as === 'text') {
    return maskPart({ as: 'json', paths: [], otherwise: 'mask' }, subject, checks);
  }
  if (OF_DIGITS.has(as)) return wholeNumber(as, subject);
  return refuse(
    `\`${as}\` does not fit ${subject.type.sql}`,
    REMEDIES[category] ?? 'Use `null`, `empty`, `set`, or `sql`.',
  );
}

function ofText(as: NamedStrategy, subject: Subject): Outcome {
  if (as === 'email') return maskEmail(subject);
  if (as === 'url') return maskUrl(subject);
  if (as === 'username') return maskUsername(subject);
  if (as === 'phone') return maskPhone(subject);
  return maskWords(as, subject) ?? refuse(`\`${as}\` is no strategy for text`, 'Use `text`.');
}
