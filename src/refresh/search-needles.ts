import { patternTables } from '../masking/verification/patterns.ts';
import { type ByteSearch, byteSearch } from '../masking/verification/search.ts';
import type { Needles } from './needles.ts';

/** Occurrences by the needle's number. */
export type NeedleHits = ReadonlyMap<number, number>;

/** A search for needles through streams; `end` gives the stream's hits. */
export type NeedleSearch = { readonly push: ByteSearch['push']; readonly end: () => NeedleHits };

/** A search for all needles, or for some of them. */
export function needleSearch(needles: Needles, only?: ReadonlySet<number>): NeedleSearch {
  const chosen = only && [...needles.needleOf.keys()].filter((at) => only.has(needles.needleOf[at] ?? -1));
  const tables = chosen ? patternTables(chosen.flatMap((at) => needles.patterns[at] ?? [])) : needles.tables;
  const search = byteSearch(tables);
  return {
    push: search.push,
    end: () => {
      const hits = new Map<number, number>();
      for (const [pattern, count] of search.end()) {
        const needle = needles.needleOf[chosen?.[pattern] ?? pattern] ?? -1;
        hits.set(needle, (hits.get(needle) ?? 0) + count);
      }
      return hits;
    },
  };
}

/** Where needles were found. */
export type Find = {
  /** What kind of place: `column`, `comment`, `file of a table` … */
  readonly kind: string;
  /** Its name: a column, an object, a file. */
  readonly name: string;
  /** Of a column: schema, table, column. */
  readonly column?: readonly [string, string, string] | undefined;
  /** Of a column: its type is a number's. */
  readonly numeric?: boolean | undefined;
  readonly hits: NeedleHits;
};

/** What one way of looking found. */
export type Scanned = {
  readonly bytes: number;
  /** Tables, files, pieces of DDL. */
  readonly places: number;
  readonly finds: readonly Find[];
  /** What could not be looked at, so that nothing is proved of it. */
  readonly gaps: readonly { readonly where: string; readonly what: string }[];
};
