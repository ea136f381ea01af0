import { all, type LockCase } from '../case.ts';

export const objects: readonly LockCase[] = [
  ...all(
    "COMMENT ON TABLE bare IS 'x'",
    "COMMENT ON COLUMN bare.a IS 'x'",
    "COMMENT ON TYPE mood IS 'x'",
    "COMMENT ON INDEX orders_note IS 'x'",
    "COMMENT ON CONSTRAINT checked_positive ON orders IS 'x'",
    'GRANT SELECT ON bare TO PUBLIC',
    'REVOKE SELECT ON bare FROM PUBLIC',
    'CREATE STATISTICS st ON a, b FROM bare',
    'CREATE PUBLICATION pub FOR TABLE bare',
    'ALTER SEQUENCE numbers RESTART',
    'CREATE SEQUENCE fresh',
    'CREATE SCHEMA fresh',
    "SET lock_timeout = '1s'",
  ),
];
