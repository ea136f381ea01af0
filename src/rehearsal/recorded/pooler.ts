import { UserError } from '../../errors.ts';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { createExchange } from '../../postgres/wire/exchange.ts';
import { createInjected } from '../../postgres/wire/injected.ts';
import { openUpstream } from '../../postgres/wire/upstream.ts';

/**
 * Throws UserError when a pooler such as pgbouncer answers at the address: it names a process of its own, and what it
 * gives a client's next transaction to cannot be watched.
 */
export async function refusePooler(facts: ConnectionFacts): Promise<void> {
  const upstream = await openUpstream(facts, new Map([['application_name', 'pullgres']]));
  const exchange = createExchange(upstream, { onAside: () => undefined });
  const { processId } = upstream.key;
  const decode = (bytes: Buffer): string => bytes.toString('utf8');
  try {
    const { connection } = createInjected({
      exchange,
      facts,
      key: upstream.key,
      processId,
      serverVersion: 0,
      decode,
    });
    const { rows } = await connection.query('select pg_catalog.pg_backend_pid() as pid');
    if (Number(rows[0]?.pid) === processId) return;
  } finally {
    upstream.socket.destroy();
  }
  throw new UserError(
    `At ${facts.host}, port ${facts.port}, a connection pooler answers and not Postgres itself, so what a command locks cannot be watched.`,
    { hint: 'Give the URL that leads to the server directly, without pgbouncer or the like between.' },
  );
}
