import { identifierText } from '../../sql/identifier.ts';
import { strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Extensions that a file creates, and where first. */
const created = tally<Statement, Map<string, number>>(
  () => new Map(),
  (places, { node }, index) => {
    const name = 'CreateExtensionStmt' in node ? node.CreateExtensionStmt.extname : undefined;
    if (name !== undefined && !places.has(name)) places.set(name, index);
  },
);

function check({ node }: Statement, { file }: RuleContext): readonly Complaint[] {
  const isOld = (name: string): boolean => (created(file.statements).get(name) ?? file.index) >= file.index;
  if ('AlterExtensionStmt' in node)
    return [node.AlterExtensionStmt.extname ?? ''].filter(isOld).map(upgraded);
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_EXTENSION') return [];
  const isCascade = node.DropStmt.behavior === 'DROP_CASCADE';
  return strings(node.DropStmt.objects)
    .filter(isOld)
    .map((name) => dropped(name, isCascade));
}

function upgraded(name: string): Complaint {
  return {
    relation: undefined,
    part: name,
    message: `The upgrade of ${code(name)} runs its author's scripts, which may lock or change whatever uses it, and cannot be taken back.`,
    help: `Rehearse ${code(`ALTER EXTENSION ${identifierText(name)} UPDATE`)} on a copy of the data, then run it in a migration of its own with a ${code('lock_timeout')}.`,
  };
}

function dropped(name: string, isCascade: boolean): Complaint {
  return {
    relation: undefined,
    part: name,
    message: isCascade
      ? `With ${code(name)} go all columns, indexes and defaults that use its types and functions, under an AccessExclusiveLock on their tables.`
      : `Running code that calls functions or operators of ${code(name)} fails from the commit on.`,
    help: `Remove what uses it by name first, deploy code without it, then write ${code(`DROP EXTENSION ${identifierText(name)}`)} without CASCADE.`,
  };
}

export const rule: Rule = {
  slug: 'upgrade-or-drop-extension',
  section: 'types',
  title: 'Upgrading or dropping an extension reaches what uses it',
  condition: 'An extension is upgraded or dropped.',
  effect: 'Tables, indexes and code that use its types and functions are changed, locked, lost or broken.',
  workaround: 'Rehearse an upgrade; before a drop remove by name what uses it.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  check,
};
