import { all, type LockCase } from '../case.ts';

export const types: readonly LockCase[] = [
  ...all(
    "ALTER TYPE mood ADD VALUE 'mid'",
    "ALTER TYPE mood RENAME VALUE 'low' TO 'lower'",
    'ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0)',
    'ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID',
    'ALTER DOMAIN positive SET NOT NULL',
    'ALTER DOMAIN positive DROP CONSTRAINT positive_check',
    "CREATE TYPE fresh AS ENUM ('a')",
  ),
];
