/** A recording proxy, with the command line's heap, before DATABASE_URL, until its standard input ends. Prints its port and password. */
import { keepHeapSmall } from '../src/cli/small-heap.ts';
import { openConnection } from '../src/postgres/connection.ts';
import { parseServerUrl } from '../src/postgres/url.ts';
import { startProxy } from '../src/rehearsal/recorded/proxy.ts';
import { Secret } from '../src/secret.ts';
import { loadParser } from '../src/sql/parse.ts';

keepHeapSmall();
await loadParser();
const facts = parseServerUrl(new Secret(process.env.DATABASE_URL ?? ''));
const observer = await openConnection(facts, { applicationName: 'pullgres observer' });
const limits = { statementTimeoutMs: 3_600_000, lockTimeoutMs: 60_000 };
const proxy = await startProxy({ facts, observer, limits });
process.stdout.write(JSON.stringify({ port: proxy.facts.port, password: proxy.facts.password.reveal() }));
process.stdin.resume().once('end', async () => {
  await proxy.close();
  await observer.close();
});
