// `npm run hazards`, with the major versions to judge by behind `--` (default 18 and 15): see printHazards.
import { resolve } from 'node:path';
import { POSTGRES_VERSIONS } from '../../src/sql/effect.ts';
import { printHazards } from './rows.ts';

const wanted = process.argv.slice(2).map(Number);
const versions = POSTGRES_VERSIONS.filter((version) =>
  (wanted.length > 0 ? wanted : [18, 15]).includes(version),
).toReversed();
await printHazards(resolve(import.meta.dirname, '..', '..'), versions);
