import type { Migration } from '../migrations/migration.ts';
import type { PlacedException } from '../policy/exceptions.ts';
import { notAllowed, readInlineExceptions } from '../policy/inline.ts';
import { ruleNames } from '../rules/names.ts';
import type { Finding } from '../rules/rule.ts';
import type { Statement } from '../sql/statement.ts';
import type { LoadedPolicy } from './policy.ts';

type Allowed = { readonly exceptions: readonly PlacedException[]; readonly findings: readonly Finding[] };

/** The exceptions that the migrations' own comments ask for, as far as the policy takes them there. `statementsOf` gives a file's, by its path. */
export function inlineExceptions(
  migrations: readonly Pick<Migration, 'path' | 'text' | 'up'>[],
  statementsOf: (path: string) => readonly Pick<Statement, 'place'>[],
  { policy }: Pick<LoadedPolicy, 'policy'>,
): Allowed {
  const read = migrations.map(({ path: file, text, up }) =>
    readInlineExceptions({ file, text, up, statements: statementsOf(file) }, ruleNames),
  );
  const exceptions = read.flatMap((one) => one.exceptions);
  const findings = read.flatMap((one) => one.findings);
  if (policy['exceptions-in-files']) return { exceptions, findings };
  return { exceptions: [], findings: [...findings, ...exceptions.map(notAllowed)] };
}
