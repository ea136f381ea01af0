import { runCli } from './shared.mjs';

await runCli(process.argv.slice(2));
