import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

try {
  nodeModule.enableCompileCache?.(join(homedir(), '.cache', 'pullgres', 'compiled'));
} catch {
  // A user without a home has the code compiled each time.
}
const { runCli } = await import('./shared.mjs');
await runCli(process.argv.slice(2));
