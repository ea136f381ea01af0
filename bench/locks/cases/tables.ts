import { all, type LockCase } from '../case.ts';

export const tables: readonly LockCase[] = [
  ...all(
    'CREATE TABLE fresh (id int)',
    'CREATE TABLE IF NOT EXISTS bare (id int)',
    'CREATE TABLE fresh (id int, customer_id int REFERENCES customers)',
    'CREATE TABLE fresh (a int REFERENCES customers, b int, FOREIGN KEY (b) REFERENCES orders)',
    'CREATE TABLE fresh (id int PRIMARY KEY, up int REFERENCES fresh)',
    'CREATE TABLE fresh (a int REFERENCES keyed)',
    'CREATE TABLE fresh (LIKE orders INCLUDING ALL)',
    'CREATE TABLE fresh AS SELECT * FROM bare',
    'SELECT * INTO fresh FROM bare',
  ),
];
