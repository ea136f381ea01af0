import type { Migration } from '../migrations/migration.ts';
import type { PlacedException } from '../policy/exceptions.ts';
import { notAllowed, readInlineExceptions } from '../policy/inline.ts';
import { ruleNames } from '../rules/names.ts';
import type { Finding } from '../rules/rule.ts';
import { parseSql } from '../sql/parse.ts';
import type { LoadedPolicy } from './policy.ts';

type Allowed = { readonly exceptions: readonly PlacedException[]; readonly findings: readonly Finding[] };

/** The exceptions that the migrations' own comments ask for, as far as the policy takes them there. `loadParser` must have run. */
export function inlineExceptions(
  migrations: readonly Pick<Migration, 'path' | 'text' | 'up'>[],
  { policy }: Pick<LoadedPolicy, 'policy'>,
): Allowed {
  const read = migrations.map((migration) => readOne(migration));
  const exceptions = read.flatMap((one) => one.exceptions);
  const findings = read.flatMap((one) => one.findings);
  if (policy['exceptions-in-files']) return { exceptions, findings };
  return { exceptions: [], findings: [...findings, ...exceptions.map(notAllowed)] };
}

/** Only a file with the mark is parsed for it. */
function readOne({ path, text, up }: Pick<Migration, 'path' | 'text' | 'up'>): Allowed {
  if (!text.includes('pullgres:allow')) return { exceptions: [], findings: [] };
  const parsed = parseSql(text, path, up);
  const statements = parsed.ok ? parsed.statements : [];
  return readInlineExceptions({ file: path, text, up, statements }, ruleNames);
}
