import { all, type LockCase } from '../case.ts';

export const code: readonly LockCase[] = [
  ...all(
    'CREATE TRIGGER t BEFORE INSERT ON bare FOR EACH ROW EXECUTE FUNCTION noop()',
    'CREATE TRIGGER t AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION noop()',
    'CREATE TRIGGER t AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION noop()',
    'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON bare DEFERRABLE FOR EACH ROW EXECUTE FUNCTION noop()',
    'ALTER TABLE notes DISABLE TRIGGER touch_notes',
    'ALTER TABLE notes DISABLE TRIGGER ALL',
    'ALTER TABLE notes ENABLE ALWAYS TRIGGER touch_notes',
    'CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'DO $$ BEGIN ALTER TABLE bare ADD COLUMN z int; CREATE INDEX ON bare (z); END $$',
    'DO $$ BEGIN IF true THEN UPDATE bare SET a = 1; END IF; END $$',
  ),
];
