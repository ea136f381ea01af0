import { passed } from '../judge.ts';
import type { Check } from './check.ts';

/** A dump brings no statistics before 18: queries are slow until this has run, so it belongs to a recovery. */
export const analyze: Check = {
  name: 'analyze',
  run: async ({ connection }) => {
    await connection.run('analyze');
    return passed('The planner has its statistics.');
  },
};
