import { runNamedAction } from './shared.mjs';

await runNamedAction('sweep');
