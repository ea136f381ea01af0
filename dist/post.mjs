import { runPost } from './shared.mjs';

await runPost();
