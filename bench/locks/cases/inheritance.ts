import { all, given, type LockCase } from '../case.ts';

export const inheritance: readonly LockCase[] = [
  ...all(
    'ALTER TABLE adopted INHERIT parent',
    'ALTER TABLE child NO INHERIT parent',
    'CREATE TABLE fresh () INHERITS (parent)',
  ),
  ...all(
    'ALTER TABLE grandchild NO INHERIT child',
    'ALTER TABLE tails NO INHERIT heads',
    'ALTER TABLE adopted INHERIT child',
    'ALTER TABLE adopted INHERIT heads',
    'ALTER TABLE bare INHERIT parent',
    'ALTER TABLE child NO INHERIT heads',
    'CREATE TABLE fresh (z int) INHERITS (parent)',
    'CREATE TABLE fresh () INHERITS (heads)',
    'CREATE TABLE fresh (z int REFERENCES customers) INHERITS (heads)',
    'CREATE TABLE fresh () INHERITS (parent, bare)',
    'CREATE TABLE fresh () INHERITS (grandchild)',
    'ALTER TABLE parent RENAME TO y',
    'ALTER TABLE child RENAME TO y',
    'ALTER TABLE parent SET SCHEMA shelf',
    'ALTER TABLE parent OWNER TO CURRENT_USER',
    'ALTER TABLE parent SET (fillfactor = 70)',
    'ALTER TABLE parent SET UNLOGGED',
    'ALTER TABLE parent ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE heads CLUSTER ON heads_a',
  ),
  ...given(
    `CREATE TABLE cousin (id integer PRIMARY KEY, customer_id integer, a integer); CREATE TABLE strict_parent (a integer NOT NULL, CONSTRAINT own CHECK (a > 0)); CREATE TABLE strict_child (a integer NOT NULL, CONSTRAINT own CHECK (a > 0)); INSERT INTO strict_child VALUES (1); CREATE TABLE couple () INHERITS (parent, adopted)`,
    [
      ...all(
        'ALTER TABLE cousin INHERIT heads',
        'ALTER TABLE strict_child INHERIT strict_parent',
        'ALTER TABLE couple NO INHERIT adopted',
        'ALTER TABLE parent ADD COLUMN z int',
        'ALTER TABLE adopted ADD CONSTRAINT x CHECK (a < 900)',
        'ALTER TABLE parent ALTER a SET NOT NULL',
      ),
    ],
  ),
];
