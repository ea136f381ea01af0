import { all, type LockCase } from '../case.ts';

export const rulesAndPolicies: readonly LockCase[] = [
  ...all(
    'ALTER TABLE bare ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE bare FORCE ROW LEVEL SECURITY',
    'CREATE RULE r AS ON UPDATE TO notes DO ALSO NOTHING',
    'ALTER TABLE bare DISABLE RULE bare_rule',
    'CREATE POLICY p ON bare USING (true)',
    'ALTER POLICY own_notes ON notes USING (false)',
  ),
];
