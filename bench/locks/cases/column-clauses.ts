import { all, at, type LockCase } from '../case.ts';

const given = (before: string, ...statements: string[]): readonly LockCase[] =>
  statements.map((sql) => ({ sql, given: before }));

/** Columns with clauses of their own, and types that change under indexes. */
export const columnClauses: readonly LockCase[] = [
  ...all(
    'ALTER TABLE plain_rows ALTER label TYPE varchar(20) COLLATE "C"',
    'ALTER TABLE plain_rows ALTER body TYPE text COLLATE "C"',
    'ALTER TABLE orders ALTER note TYPE text COLLATE "C"',
  ),
  ...at(
    18,
    'ALTER TABLE bare ADD COLUMN z int GENERATED ALWAYS AS (a * 2) VIRTUAL NOT NULL',
    'ALTER TABLE bare ADD COLUMN z int GENERATED ALWAYS AS (a * 2) VIRTUAL CHECK (z > 0)',
    'ALTER TABLE bare ADD COLUMN z int GENERATED ALWAYS AS (a * 2)',
    'ALTER TABLE bare ADD COLUMN z int CHECK (z > 0) NOT ENFORCED',
  ),
  ...given(
    'CREATE INDEX by_lower_label ON plain_rows (lower(label))',
    'ALTER TABLE plain_rows ALTER label TYPE varchar(40)',
    'ALTER TABLE plain_rows DROP COLUMN label',
  ),
  ...given(
    'CREATE INDEX of_labelled ON plain_rows (id) WHERE label IS NOT NULL',
    'ALTER TABLE plain_rows ALTER label TYPE varchar(40)',
    'ALTER TABLE plain_rows DROP COLUMN label',
  ),
  ...given(
    'CREATE INDEX by_stamp ON plain_rows (stamp)',
    'ALTER TABLE plain_rows ALTER stamp TYPE timestamptz',
    'ALTER TABLE plain_rows ALTER stamp TYPE timestamp(6)',
  ),
  ...given('CREATE INDEX by_net ON plain_rows (net)', 'ALTER TABLE plain_rows ALTER net TYPE inet'),
  ...given('CREATE INDEX by_a ON bare (a)', 'ALTER TABLE bare ALTER a TYPE oid'),
];
