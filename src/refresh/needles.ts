import { groupBy } from '../group-by.ts';
import {
  encodedBytes,
  encodedForms,
  hexadecimal,
  localPartOf,
} from '../masking/verification/encoded-forms.ts';
import { type Dull, dullness, formsOf, pieceOf } from '../masking/verification/needle-forms.ts';
import {
  type Pattern,
  type PatternTables,
  patternTables,
  wipeTables,
} from '../masking/verification/patterns.ts';
import { distinctOf, samplePercent, sampleQuery } from '../masking/verification/sample-query.ts';
import type { SensitiveColumn } from '../masking/verification/sensitive.ts';
import { shareFairly } from '../masking/verification/shares.ts';
import { copyRows, type RowSession } from './copy-rows.ts';

/** Rows that are looked at for each value that is wanted, since many are equal or dull. */
const ROWS_FOR_A_NEEDLE = 3;
const VALUES_FOR_A_NEEDLE = 2;
/** With fewer values than this share of what was wanted, dull ones counted, the whole column is read: most of it is NULL. */
const TOO_FEW = 0.5;

/**
 * So many needles, shared fairly between the columns, are sought in the forms that encodings give them too: up to 16
 * patterns each, so that with all of 50,000 the search would take five times as long. Who encodes, encodes columns.
 */
const ENCODED = 1000;
/** Of these in hexadecimal digits: four of them are one of 65,536, so that more patterns make the search's filter useless. */
const HEXADECIMAL = 250;

/** Clear values, in memory alone. */
export type Needle = {
  /** The value, or a long one's piece, as UTF-8; of bytes, the bytes. Overwritten by `wipe`. */
  readonly value: Buffer;
  /** Undefined for a canary. */
  readonly origin: SensitiveColumn | undefined;
  /** It is what stands before the sign of an address, sought besides the whole. */
  readonly isLocalPart?: true;
};

export type Needles = {
  readonly list: readonly Needle[];
  readonly canaries: number;
  /** Canaries that have fewer than eight bytes, so that nobody can seek them. */
  readonly shortCanaries: number;
  readonly tables: PatternTables;
  /** The needle of each pattern. */
  readonly needleOf: Int32Array;
  readonly patterns: readonly Pattern[];
  /** Sampled values that chance would find. */
  readonly dull: ReadonlyMap<Dull, number>;
  /** Sensitive columns of which no value is a good needle. */
  readonly bare: readonly SensitiveColumn[];
  /** Overwrites every value. */
  readonly wipe: () => void;
};

export type NeedleRequest = {
  /** On the source, in the refresh's snapshot, with the masks' keys set. */
  readonly session: RowSession;
  readonly columns: readonly SensitiveColumn[];
  /** `schemaWords`. */
  readonly words: ReadonlySet<string>;
  readonly canaries: readonly string[];
  /** Needles in all. */
  readonly sample: number;
};

/**
 * Picks needles at random, shared fairly between the columns. The server's rows pass as text for a moment; what is kept
 * are Buffers, which `wipe` overwrites.
 */
export async function pickNeedles(request: NeedleRequest): Promise<Needles> {
  const { columns, sample } = request;
  const dull = new Map<Dull, number>();
  const shares = shareFairly(sample, columns.map(distinctOf));
  const list: Needle[] = [];
  const bare: SensitiveColumn[] = [];
  for (const [index, column] of columns.entries()) {
    const found = await pickFrom(request, { column, share: shares[index] ?? 0, dull });
    if (found.length === 0) bare.push(column);
    list.push(...found);
  }
  const canaries = request.canaries.map((text) => ({ value: Buffer.from(text), origin: undefined }));
  return needlesOf([...list, ...canaries], { dull, bare, canaries: canaries.length });
}

type Pick = { column: SensitiveColumn; share: number; dull: Map<Dull, number> };

async function pickFrom(request: NeedleRequest, pick: Pick): Promise<readonly Needle[]> {
  if (pick.share === 0) return [];
  const percent = samplePercent(pick.column, pick.share * ROWS_FOR_A_NEEDLE);
  const tally = new Map<Dull, number>();
  let found = await sampleFrom(request, { ...pick, dull: tally }, percent);
  const looked = found.length + [...tally.values()].reduce((sum, count) => sum + count, 0);
  if (percent !== undefined && looked < pick.share * TOO_FEW) {
    tally.clear();
    found = await sampleFrom(request, { ...pick, dull: tally }, undefined);
  }
  for (const [why, count] of tally) pick.dull.set(why, (pick.dull.get(why) ?? 0) + count);
  return found;
}

async function sampleFrom(
  { session, words }: NeedleRequest,
  { column, share, dull }: Pick,
  percent: number | undefined,
): Promise<Needle[]> {
  const found: Needle[] = [];
  const query = sampleQuery(column, share * VALUES_FOR_A_NEEDLE, percent);
  const weight = 100 / (percent ?? 100);
  await copyRows(
    session,
    { query, what: `The source refused values of ${placeOf(column)}` },
    ([value, count]) => {
      if (value === undefined || found.length >= share) return;
      const shared = Number(count?.readBigInt64BE(0) ?? 1n);
      const rows = shared === 1 ? 1 : shared * weight;
      const why = isBytes(column) ? dullBytes(value) : dullness(value.toString(), { rows, words });
      if (why !== undefined) dull.set(why, (dull.get(why) ?? 0) + 1);
      else found.push({ value: Buffer.from(value), origin: column });
    },
  );
  return found;
}

function isBytes({ column }: SensitiveColumn): boolean {
  return column.type.category === 'bytes';
}

/** Of hexadecimal digits. Few different bytes are a file's header, or padding. */
function dullBytes(hex: Buffer): Dull | undefined {
  const bytes = Buffer.from(hex.toString('latin1'), 'hex');
  if (bytes.length < 8) return 'too short';
  return new Set(bytes).size < 7 ? 'too common a shape' : undefined;
}

/** `schema.table.column` for people. */
export function placeOf({ table, column }: SensitiveColumn): string {
  return `${table.schema}.${table.name}.${column.name}`;
}

/** The bytes that a needle may stand as. */
function patternsOf({ value, origin }: Needle): readonly Pattern[] {
  if (origin === undefined || !isBytes(origin)) return formsOf(value.toString());
  return [...pieceOf(Buffer.from(value.toString('latin1'), 'hex'), 'exact'), ...pieceOf(value, 'any case')];
}

/** The value as encodings write it. Bytes are sought in hexadecimal digits in any case. */
function encodingsOf({ value, origin }: Needle, inDigits: boolean): readonly Pattern[] {
  if (origin !== undefined && isBytes(origin))
    return encodedBytes(Buffer.from(value.toString('latin1'), 'hex'));
  const text = value.toString();
  return [...encodedForms(text), ...(inDigits ? hexadecimal(text) : [])];
}

/** Every canary, and so many needles in all, as many of each column as is fair; they are in the order of chance. */
function someOf(list: readonly Needle[], limit: number): ReadonlySet<Needle> {
  const groups = [...groupBy(list, ({ origin }) => origin).entries()];
  const asked = groups.map(([origin, { length }]) => (origin === undefined ? 0 : length));
  const shares = shareFairly(limit, asked);
  return new Set(
    groups.flatMap(([origin, all], at) => (origin === undefined ? all : all.slice(0, shares[at]))),
  );
}

/** Of the addresses of a column, what names a person without the domain. */
function localParts(list: Iterable<Needle>): readonly Needle[] {
  const seen = new Set<string>();
  return [...list].flatMap(({ value, origin }) => {
    const local = origin !== undefined && isBytes(origin) ? undefined : localPartOf(value.toString());
    if (local === undefined || seen.has(local.toLowerCase())) return [];
    seen.add(local.toLowerCase());
    return [{ value: Buffer.from(local), origin, isLocalPart: true as const }];
  });
}

function needlesOf(given: readonly Needle[], { dull, bare, canaries }: Found): Needles {
  const patterns: Pattern[] = [];
  const owners: number[] = [];
  let shortCanaries = 0;
  const encoded = someOf(given, ENCODED);
  const inDigits = someOf(given, HEXADECIMAL);
  const list = [...given, ...localParts(encoded)];
  list.forEach((needle, index) => {
    const plain = patternsOf(needle);
    if (plain.length === 0) shortCanaries += 1;
    const forms = encoded.has(needle) ? [...plain, ...encodingsOf(needle, inDigits.has(needle))] : plain;
    for (const form of forms) {
      patterns.push(form);
      owners.push(index);
    }
  });
  const tables = patternTables(patterns);
  const wipe = (): void => {
    wipeTables(tables);
    for (const { value } of list) value.fill(0);
    for (const { bytes } of patterns) bytes.fill(0);
  };
  return {
    list,
    canaries,
    shortCanaries,
    tables,
    needleOf: Int32Array.from(owners),
    patterns,
    dull,
    bare,
    wipe,
  };
}

type Found = {
  readonly dull: ReadonlyMap<Dull, number>;
  readonly bare: readonly SensitiveColumn[];
  readonly canaries: number;
};
