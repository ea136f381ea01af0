import { all, given, type LockCase } from '../case.ts';

/** A partition with constraints of its own, which its parent gets too. */
const OWN = `
CREATE TABLE whole (id integer NOT NULL, c integer, d integer) PARTITION BY RANGE (id);
CREATE TABLE whole_1 PARTITION OF whole FOR VALUES FROM (0) TO (100);
CREATE TABLE whole_2 PARTITION OF whole FOR VALUES FROM (100) TO (200);
INSERT INTO whole SELECT i, i % 40 + 1, i FROM generate_series(1, 150) i;
ALTER TABLE whole_1 ADD CONSTRAINT own_fk FOREIGN KEY (c) REFERENCES customers;
ALTER TABLE whole_1 ADD CONSTRAINT own_key UNIQUE (id);
CREATE INDEX own_index ON whole_1 (d);
CREATE TABLE next (id integer NOT NULL, c integer, d integer, CONSTRAINT next_fk FOREIGN KEY (c) REFERENCES customers);
INSERT INTO next SELECT i, 1, i FROM generate_series(201, 220) i;`;

/** What of a partition's own a partitioned table takes over, and what only looks like it. */
export const takenOver: readonly LockCase[] = given(
  OWN,
  all(
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers',
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE',
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers ON UPDATE SET NULL',
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers DEFERRABLE',
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers DEFERRABLE INITIALLY DEFERRED',
    'ALTER TABLE whole ADD UNIQUE (id)',
    'ALTER TABLE whole ADD PRIMARY KEY (id)',
    'ALTER TABLE whole ADD UNIQUE (id) DEFERRABLE',
    'CREATE INDEX ON whole (d)',
    'CREATE UNIQUE INDEX ON whole (id)',
    'CREATE UNIQUE INDEX ON whole (id, d)',
    'ALTER TABLE whole_1 DROP CONSTRAINT own_fk',
    'DROP TABLE whole_1',
    'ALTER TABLE whole DETACH PARTITION whole_1',
    'ALTER TABLE whole ATTACH PARTITION next FOR VALUES FROM (200) TO (300)',
    'ALTER TABLE whole ADD FOREIGN KEY (c) REFERENCES customers, ATTACH PARTITION next FOR VALUES FROM (200) TO (300)',
  ),
);
