import type { LockCase } from './case.ts';
import { columns } from './cases/columns.ts';
import { first } from './cases/first.ts';

/** Every statement of the truth table. */
export const CASES: readonly LockCase[] = [...first, ...columns];
