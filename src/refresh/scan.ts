import { byteWords } from '../byte-words.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import type { SourceTable } from '../masking/source.ts';
import {
  allowedColumns,
  type Fate,
  fateKey,
  fates,
  keyColumns,
  type SensitiveColumn,
} from '../masking/verification/sensitive.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { thousands } from '../thousands.ts';
import { CATALOG_TEXTS, type TextSource } from './catalog-texts.ts';
import type { RowSession } from './copy-rows.ts';
import { madeByMasks } from './made-by-masks.ts';
import { type Needles, placeOf } from './needles.ts';
import { type FileSession, scanFiles } from './scan-files.ts';
import { scanRows } from './scan-rows.ts';
import { type DdlText, scanTexts } from './scan-texts.ts';
import { type Find, needleSearch, type Scanned } from './search-needles.ts';
import type { RowWatch } from './watch-rows.ts';

export type ScanRequest = {
  readonly needles: Needles;
  readonly plan: MaskPlan;
  /** On the source, at the snapshot, with the masks' keys set. */
  readonly source: RowSession;
  /** An administrator's in the filled database. */
  readonly target: FileSession;
  /** `readDeparsedDdl`, or what was restored. */
  readonly ddl: readonly DdlText[];
  /** The server is this refresh's alone: WAL, log and shared catalogs are read too. */
  readonly wholeCluster: boolean;
  /** Sees the rows that are read for the needles: `watchOverlap`. */
  readonly watch?: RowWatch | undefined;
  /** Ways of looking; all when left out. */
  readonly ways?: Partial<Ways>;
};

export type Ways = { readonly rows: boolean; readonly texts: readonly TextSource[]; readonly files: boolean };

export type ScanResult = {
  readonly verdict: Verdict;
  readonly needles: number;
  /** Bytes that were searched. */
  readonly bytes: number;
};

const NOTHING: Scanned = { bytes: 0, places: 0, finds: [], gaps: [] };

/**
 * Seeks the needles in every byte of the copy that can be had: rows and catalogs as the server gives them, and the files
 * where they are visible.
 */
export async function scanCopy(request: ScanRequest): Promise<ScanResult> {
  const { needles, target, ddl, wholeCluster } = request;
  const ways: Ways = { rows: true, texts: CATALOG_TEXTS, files: true, ...request.ways };
  const rows = ways.rows ? await scanRows(target, needles, request.watch) : NOTHING;
  const texts = await scanTexts(target, needles, { sources: ways.texts, ddl });
  const files = ways.files
    ? await scanFiles(target, needles, { whole: wholeCluster })
    : { unseen: 'nobody asked for them' };
  const seen = 'unseen' in files ? NOTHING : files;
  const parts = [rows, texts, seen];
  const finds = parts.flatMap((part) => part.finds);
  const byRight = await standByRight(request, finds);
  const leaks = finds.flatMap((find) => leakOf(find, { plan: fates(request.plan), byRight }));
  const problems = leaks.map((find) => problemOf(find, needles));
  const gaps = [...parts.flatMap((part) => part.gaps), ...canaryGaps(needles)];
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const sought = needles.list.length;
  const hit = new Set(leaks.flatMap(({ hits }) => [...hits.keys()])).size;
  const where = [
    `${thousands(rows.places)} tables`,
    `${thousands(texts.places)} pieces of DDL, statistics and settings`,
    'unseen' in files ? `no files (${files.unseen})` : `${thousands(files.places)} files`,
  ].join(', ');
  const right = new Set([...byRight.values()].flatMap((needle) => [...needle])).size;
  const excused = right === 0 ? '' : `; ${thousands(right)} stand somewhere by right, which was not counted`;
  return {
    verdict: {
      status: sought === 0 ? 'unproven' : statusOf(problems.length, gaps.length),
      summary: `${thousands(hit)} of ${thousands(sought)} clear values found in ${byteWords(bytes)}: ${where}${excused}.`,
      problems: [...problems, ...gaps],
    },
    needles: sought,
    bytes,
  };
}

function canaryGaps({ shortCanaries }: Needles): Scanned['gaps'] {
  if (shortCanaries === 0) return [];
  const what = `${shortCanaries} declared values have fewer than 8 bytes: chance would find them, so they were not sought.`;
  return [{ where: 'canaries', what }];
}

/** Needles that stand by right, by the column where they do. */
type ByRight = ReadonlyMap<string, ReadonlySet<number>>;

/** Places that repeat what stands in rows. */
const REPEATS = /^(statistics|extended statistics|file)/;

/** The find without what stands there by right; nothing when nothing is left. */
function leakOf(
  find: Find,
  { plan, byRight }: { plan: ReadonlyMap<string, Fate>; byRight: ByRight },
): readonly Find[] {
  const key = find.column && fateKey(...find.column);
  const own = key !== undefined && ['masked', 'clear'].includes(plan.get(key) ?? '');
  const derived = own ? false : key !== undefined || REPEATS.test(find.kind);
  const isRight = (needle: number): boolean => {
    if (own) return byRight.get(key)?.has(needle) === true;
    return derived && [...byRight.values()].some((needles) => needles.has(needle));
  };
  const hits = new Map([...find.hits].filter(([needle]) => !isRight(needle)));
  return hits.size === 0 ? [] : [{ ...find, hits }];
}

/** What is wrong in a place, which is named without a value that its name may hold. */
function problemOf({ kind, name, hits }: Find, needles: Needles): Verdict['problems'][number] {
  const times = [...hits.values()].reduce((sum, count) => sum + count, 0);
  const origins = new Set(
    [...hits.keys()].map((needle) => {
      const origin = needles.list[needle]?.origin;
      return origin === undefined ? 'declared values' : placeOf(origin);
    }),
  );
  const from = [...origins].slice(0, 5).join(', ') + (origins.size > 5 ? ' …' : '');
  return {
    where: `${kind} ${withoutNeedles(name, needles)}`.trim(),
    what: `${hits.size === 1 ? '1 clear value' : `${thousands(hits.size)} clear values`} of ${from} ${hits.size === 1 ? 'stands' : 'stand'} here, ${times === 1 ? 'once' : `${thousands(times)} times in all`}.`,
  };
}

function withoutNeedles(name: string, needles: Needles): string {
  const search = needleSearch(needles);
  search.push(Buffer.from(name));
  return search.end().size === 0 ? name : '(its name holds one)';
}

/**
 * Needles that stand where they were found by right: a number in a column of numbers, of which the overlap of
 * fingerprints says more; a key's value in a key that is clear; what stands before the sign of an address in a column that a
 * person allowed to be clear, such as one of user names; a value that a mask made of another value. Never a declared canary.
 */
async function standByRight(request: ScanRequest, finds: readonly Find[]): Promise<ByRight> {
  const { needles, plan } = request;
  const fate = fates(plan);
  const allowed = allowedColumns(plan);
  const right = new Map<string, Set<number>>();
  const masked = new Map<string, Set<number>>();
  const add = (to: Map<string, Set<number>>, key: string, needle: number): void => {
    to.set(key, (to.get(key) ?? new Set()).add(needle));
  };
  for (const { column, numeric, hits } of finds) {
    if (column === undefined) continue;
    const key = fateKey(...column);
    const isKey = isKeyColumn(plan, column);
    const isAllowed = allowed.has(key);
    for (const needle of hits.keys()) {
      const { origin, isLocalPart = false } = needles.list[needle] ?? {};
      if (origin === undefined) continue;
      const isExpected = numeric === true || (isKey && isSurrogate(origin)) || (isAllowed && isLocalPart);
      if (fate.get(key) === 'clear' && isExpected) add(right, key, needle);
      if (fate.get(key) === 'masked') add(masked, key, needle);
    }
  }
  for (const [key, made] of await madeByMasks(request, masked)) right.set(key, new Set(made));
  return right;
}

function isSurrogate({ column }: SensitiveColumn): boolean {
  return column.type.category === 'uuid' || column.type.category === 'integer';
}

function isKeyColumn(plan: MaskPlan, [schema, name, column]: readonly [string, string, string]): boolean {
  const table = [...plan.tables.values()].find(
    ({ table: own }: { table: SourceTable }) => own.schema === schema && own.name === name,
  );
  return table !== undefined && keyColumns(table.table).has(column);
}
