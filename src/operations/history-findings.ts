import type { Duplicate } from '../migrations/duplicates.ts';
import type { Migration } from '../migrations/migration.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import type { HISTORY_RULES } from '../rules/names.ts';
import type { Finding, Severity } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';

type HistoryRule = (typeof HISTORY_RULES)[number];
type Words = Pick<Finding, 'message' | 'help'>;

const SEVERITY: Readonly<Record<HistoryRule, Severity>> = {
  'deleted-migration': 'error',
  'edited-migration': 'error',
  // Most tools apply it all the same; the state of two databases may differ, and nothing is lost.
  'out-of-order-migration': 'warning',
  'duplicate-version': 'error',
};

/** Complaints about the list of migrations itself: what was merged and is now edited or gone, and what comes too late. */
export function historyFindings(
  { record, base, baseCommit, added, outOfOrder, duplicates }: MigrationPlan,
  { policy }: Pick<LoadedPolicy, 'policy'>,
): readonly Finding[] {
  const all = [
    ...record.altered.map(({ file, change }) => {
      const migration = [...base, ...added].find(({ path }) => path === file);
      return complaint(`${change}-migration`, file, migration?.text, alteredWords(file, change, baseCommit));
    }),
    ...outOfOrder
      .filter((late) => !duplicates.some(({ first, second }) => first === late || second === late))
      .map((late) => complaint('out-of-order-migration', late.path, late.text, lateWords(late, base))),
    ...duplicateFindings(
      duplicates.filter(({ first, second }) => [first, second].some((one) => added.includes(one))),
    ),
  ];
  return weighed(all, policy);
}

/** With the policy's severities; those that it switches off are left out. */
export function weighed(
  findings: readonly Finding[],
  { rules }: Pick<LoadedPolicy['policy'], 'rules'>,
): readonly Finding[] {
  return findings.flatMap((finding) => {
    const severity = rules[finding.rule] ?? finding.severity;
    return severity === 'off' ? [] : [{ ...finding, severity }];
  });
}

/** Two migrations with one version, at the one that comes second. */
export function duplicateFindings(found: readonly Duplicate[]): readonly Finding[] {
  return found.map((duplicate) => {
    const { path, text } = duplicate.second;
    return complaint('duplicate-version', path, text, duplicateWords(duplicate));
  });
}

function duplicateWords({ first, second }: Duplicate): Words {
  return {
    message: `Two migrations have the version ${code(second.version)}, ${code(first.path)} and ${code(second.path)}: the tool refuses both, or applies one and takes the other for applied.`,
    help: `Give the one that is not merged yet, ${code(second.path)} or ${code(first.path)}, a version of its own behind the newest.`,
  };
}

function alteredWords(file: string, change: 'edited' | 'deleted', base = '<base>'): Words {
  return {
    message: `${code(file)} is already merged and was ${change} here; databases that have applied it will not see the change, so they differ from new ones.`,
    help: `Bring the file back as it was (${code(`git checkout ${base} -- ${file}`)}), and write the change as a new migration.`,
  };
}

function lateWords({ path, version }: Migration, base: readonly Migration[]): Words {
  const last = base.at(-1);
  const after = last ? `${code(last.path)}, which is merged and stands behind it` : 'a merged migration';
  return {
    message: `${code(path)} is new and sorts before ${after}: databases that are further already skip it or apply it out of order, and new ones apply it first.`,
    help: `Give it a version behind ${code(last?.version ?? version)}, the newest that is merged.`,
  };
}

function complaint(rule: HistoryRule, file: string, text: string | undefined, words: Words): Finding {
  const firstLine = (text ?? '').split('\n', 1)[0] ?? '';
  const endByte = Buffer.byteLength(firstLine);
  const place = {
    file,
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: firstLine.length + 1,
    startByte: 0,
    endByte,
  };
  return {
    rule,
    severity: SEVERITY[rule],
    place,
    relation: undefined,
    ...words,
    fix: [],
    evidence: 'predicted',
    fingerprint: fingerprint(rule, undefined, undefined, file),
  };
}
