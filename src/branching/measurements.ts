import { ProviderError } from '../errors.ts';
import { literal } from '../postgres/quote.ts';
import type { Admin } from './admin.ts';
import type { Measurement } from './copy-model.ts';
import { makeTable, type OwnTable, ownerOf, tableLock } from './own-table.ts';
import type { CopyStrategy } from './provider.ts';

const KEPT = 50;

const MEASUREMENTS: OwnTable = {
  name: 'measurements',
  columns: `
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    strategy text NOT NULL,
    bytes bigint NOT NULL,
    files integer NOT NULL,
    dirty_bytes bigint NOT NULL,
    actual_ms double precision NOT NULL`,
  comment:
    'How long the last copies of databases by Pullgres took; it foresees the next from them. Dropping it loses nothing else.',
};

/** A table that is not as we made it must not cost a branch: it is as if it were not there. A lost session shows itself at the next statement. */
async function unlessRefused<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof ProviderError) return otherwise;
    throw error;
  });
}

/** This server's copies of the last fortnight, newest first: a way that was slow on one bad day is tried again. */
export async function readMeasurements(admin: Admin): Promise<readonly Measurement[]> {
  return (await ownerOf(admin, MEASUREMENTS)) === 'us' ? unlessRefused(select(admin), []) : [];
}

async function select(admin: Admin): Promise<readonly Measurement[]> {
  const { rows } = await admin.query(
    `SELECT strategy, bytes::float8 AS bytes, files, dirty_bytes::float8 AS dirty, actual_ms
     FROM pullgres.measurements WHERE actual_ms > 0 AND at > now() - interval '14 days' AND strategy IN ('wal-log', 'file-copy', 'clone') ORDER BY id DESC`,
  );
  return rows.map((row) => ({
    strategy: row.strategy as CopyStrategy,
    bytes: Number(row.bytes),
    files: Number(row.files),
    dirtyBytes: Number(row.dirty),
    actualMs: Number(row.actual_ms),
  }));
}

/** Adds a copy, and forgets all but the newest 50 of its strategy. */
export async function writeMeasurement(admin: Admin, measurement: Measurement): Promise<void> {
  return unlessRefused(insert(admin, measurement), undefined);
}

async function insert(admin: Admin, measurement: Measurement): Promise<void> {
  const { strategy, bytes, files, dirtyBytes, actualMs } = measurement;
  await admin.query(`SELECT pg_advisory_lock(${tableLock(MEASUREMENTS)})`);
  try {
    const owner = await ownerOf(admin, MEASUREMENTS);
    // Another role's table is left alone: a copy goes on without a past.
    if (typeof owner === 'object') return;
    if (owner === 'nobody') await makeTable(admin, MEASUREMENTS);
    await admin.query(
      `INSERT INTO pullgres.measurements (strategy, bytes, files, dirty_bytes, actual_ms) VALUES ($1, $2, $3, $4, $5)`,
      [strategy, Math.round(bytes), files, Math.round(dirtyBytes), actualMs],
    );
    await admin.script(`DELETE FROM pullgres.measurements WHERE id IN (
      SELECT id FROM pullgres.measurements WHERE strategy = ${literal(strategy)} ORDER BY id DESC OFFSET ${KEPT})`);
  } finally {
    await admin.query(`SELECT pg_advisory_unlock(${tableLock(MEASUREMENTS)})`);
  }
}
