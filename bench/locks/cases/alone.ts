import type { LockCase } from '../case.ts';

export const alone: readonly LockCase[] = [];
