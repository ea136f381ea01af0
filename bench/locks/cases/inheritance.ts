import { all, type LockCase } from '../case.ts';

export const inheritance: readonly LockCase[] = [
  ...all(
    'ALTER TABLE adopted INHERIT parent',
    'ALTER TABLE child NO INHERIT parent',
    'CREATE TABLE fresh () INHERITS (parent)',
  ),
];
