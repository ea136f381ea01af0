import { administratorChecks } from './administrator.ts';
import { baselineContentChecks } from './baseline-content.ts';
import { baselineChecks } from './baselines.ts';
import { capacityChecks } from './capacity.ts';
import type { Check } from './check.ts';
import { diskChecks } from './disk.ts';
import { hostBasedAuthentication } from './hba.ts';
import { isolationChecks } from './isolation.ts';
import { remainsChecks } from './remains.ts';
import { serverChecks } from './server.ts';

/** Every check, by group. */
export const checks: readonly Check[] = [
  ...serverChecks,
  hostBasedAuthentication,
  ...administratorChecks,
  ...baselineChecks,
  ...baselineContentChecks,
  ...isolationChecks,
  ...capacityChecks,
  ...diskChecks,
  ...remainsChecks,
];
