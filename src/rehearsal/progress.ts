import type { Statement } from '../sql/statement.ts';

/** A row of one of the server's progress views (docs 27.4): the view's name after pg_stat_progress_, its columns, and the names of what its OIDs stand for where the observer sees them. */
export type ProgressRow = {
  readonly view: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly relation: string | undefined;
  readonly index: string | undefined;
};

type Share = readonly [done: string, total: string];
type Reader = {
  readonly what: (progress: ProgressRow, statement: Statement) => string;
  /** Columns of which the first with a total tells how far the phase is. */
  readonly shares: readonly Share[];
};

/** The new index of a plain CREATE INDEX has no OID in the view, and its row in pg_class is not committed. */
function indexWords({ row, relation, index }: ProgressRow, { node }: Statement): string {
  const again = String(row.command).startsWith('REINDEX');
  const given = 'IndexStmt' in node ? node.IndexStmt.idxname : undefined;
  const verb = again ? 'rebuilding' : 'building';
  return `${verb} ${named('index', index ?? given) ?? `an index on ${relation ?? 'a new table'}`}`;
}

function named(kind: string, name: string | undefined): string | undefined {
  return name === undefined || name === '' ? undefined : `${kind} ${name}`;
}

const READERS: Readonly<Record<string, Reader>> = {
  create_index: {
    what: indexWords,
    shares: [
      ['tuples_done', 'tuples_total'],
      ['blocks_done', 'blocks_total'],
    ],
  },
  cluster: {
    what: ({ relation }) => `rewriting ${relation ?? 'a new table'}`,
    shares: [['heap_blks_scanned', 'heap_blks_total']],
  },
  vacuum: {
    what: ({ relation }) => `vacuuming ${relation ?? 'a new table'}`,
    shares: [['heap_blks_scanned', 'heap_blks_total']],
  },
  analyze: {
    what: ({ relation }) => `analyzing ${relation ?? 'a new table'}`,
    shares: [['sample_blks_scanned', 'sample_blks_total']],
  },
  copy: {
    what: ({ relation, row }) =>
      `copying ${String(row.command).endsWith('TO') ? 'out of' : 'into'} ${relation ?? 'a new table'}`,
    shares: [['bytes_processed', 'bytes_total']],
  },
};

function percent(row: ProgressRow['row'], shares: readonly Share[]): string | undefined {
  for (const [done, total] of shares) {
    const whole = Number(row[total] ?? 0);
    if (whole > 0) return `${Math.min(100, Math.floor((100 * Number(row[done] ?? 0)) / whole))} %`;
  }
  return undefined;
}

/** How far the statement is, in words: `building index orders_at: 42 % (loading tuples in tree)`. Undefined for a view that is not known. */
export function progressWords(progress: ProgressRow, statement: Statement): string | undefined {
  const reader = READERS[progress.view];
  if (reader === undefined) return undefined;
  const what = reader.what(progress, statement);
  const share = percent(progress.row, reader.shares);
  const phase = typeof progress.row.phase === 'string' ? progress.row.phase : undefined;
  const details = phase?.replace(/^building index: /, '');
  const far = share === undefined ? what : `${what}: ${share}`;
  return details === undefined ? far : `${far} (${details})`;
}
