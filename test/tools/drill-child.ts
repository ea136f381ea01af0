/** Runs a drill as a job does, says where its cluster is, and holds it until it is killed. */
import { runDrill } from '../../src/refresh/drill/drill.ts';

const [path = '', directory = '', cacheDirectory = ''] = process.argv.slice(2);
const drilled = await runDrill({
  backup: { kind: 'dump', path },
  limits: { budgetMs: 1, timeZone: 'UTC', maxRowLoss: 20, freshness: [], assertions: [] },
  directory,
  cacheDirectory,
  now: new Date(),
  clock: () => performance.now(),
  onStep: (name) => process.stdout.write(`${name}\n`),
});
process.stdout.write(`port ${drilled.restored?.facts.port}\n`);
setInterval(() => undefined, 60_000);
