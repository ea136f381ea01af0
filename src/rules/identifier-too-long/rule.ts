import type { Statement } from '../../sql/statement.ts';
import { longNames } from '../long-names.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement): readonly Complaint[] {
  return longNames(statement).map(({ written, kept }) => ({
    relation: undefined,
    part: written,
    message: `The server cuts ${code(written)} off after 63 bytes, so that it is ${code(kept)}, and any other name that begins so is the same one.`,
    help: `Use a name of at most 63 bytes.`,
  }));
}

export const rule: Rule = {
  slug: 'identifier-too-long',
  section: 'design',
  title: 'A name is longer than the server keeps',
  condition: 'A name has more than 63 bytes.',
  effect: 'The server cuts it off, with no more than a notice, so two long names may become the same one.',
  workaround: 'Use a shorter name.',
  severity: 'warning',
  optIn: true,
  since: 13,
  claim: { warns: '42622' },
  check,
};
