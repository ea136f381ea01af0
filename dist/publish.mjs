import { runNamedAction } from './shared.mjs';

await runNamedAction('publish');
