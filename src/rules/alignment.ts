import type { Column } from '../sql/catalog.ts';
import { splitType } from '../sql/types.ts';

type Layout = { readonly length: number; readonly alignment: number };

/** Types of fixed length, in bytes (pg_type: typlen and typalign). */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  boolean: { length: 1, alignment: 1 },
  uuid: { length: 16, alignment: 1 },
  smallint: { length: 2, alignment: 2 },
  integer: { length: 4, alignment: 4 },
  real: { length: 4, alignment: 4 },
  date: { length: 4, alignment: 4 },
  bigint: { length: 8, alignment: 8 },
  'double precision': { length: 8, alignment: 8 },
  money: { length: 8, alignment: 8 },
  'timestamp without time zone': { length: 8, alignment: 8 },
  'timestamp with time zone': { length: 8, alignment: 8 },
  'time without time zone': { length: 8, alignment: 8 },
  'time with time zone': { length: 12, alignment: 8 },
  interval: { length: 16, alignment: 8 },
};

function layoutOf({ type, generated }: Pick<Column, 'type' | 'generated'>): Layout | undefined {
  const { base, array } = splitType(type);
  // A virtual column has no place in the row.
  return array || generated === 'virtual' ? undefined : LAYOUTS[base];
}

/**
 * Bytes between columns of fixed length, up to the first of varying length: where the ones behind that begin is another
 * place in each row.
 */
export function padding(columns: readonly Pick<Column, 'type' | 'generated'>[]): number {
  let offset = 0;
  let empty = 0;
  for (const column of columns) {
    const layout = layoutOf(column);
    if (layout === undefined) {
      if (column.generated === 'virtual') continue;
      break;
    }
    const gap = (layout.alignment - (offset % layout.alignment)) % layout.alignment;
    empty += gap;
    offset += gap + layout.length;
  }
  return empty;
}

/** The columns with those that need the widest alignment first and those of varying length last, else as they were. */
export function inGoodOrder<T extends Pick<Column, 'type' | 'generated'>>(
  columns: readonly T[],
): readonly T[] {
  return columns.toSorted((a, b) => (layoutOf(b)?.alignment ?? 0) - (layoutOf(a)?.alignment ?? 0));
}
