import type { Node } from '@pgsql/types';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, newName, relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { typeText } from '../../sql/types.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** The highest number of each type (documentation 8.1.1). */
const HIGHEST: Readonly<Record<string, string>> = { smallint: '32,767', integer: '2,147,483,647' };

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if ('CreateSeqStmt' in node) {
    const { sequence, options } = node.CreateSeqStmt;
    return complaint(newName(catalog, sequence), typeOf(options, catalog), 'CREATE');
  }
  if (!('AlterSeqStmt' in node)) return [];
  const { sequence, options } = node.AlterSeqStmt;
  return complaint(relationName(catalog, sequence), typeOf(options, catalog), 'ALTER');
}

function typeOf(options: readonly Node[] | undefined, catalog: RuleContext['catalog']): string {
  const as = (options ?? []).find((one) => 'DefElem' in one && one.DefElem.defname === 'as');
  const type = as && 'DefElem' in as ? as.DefElem.arg : undefined;
  return type && 'TypeName' in type ? typeText(catalog, type.TypeName) : 'bigint';
}

function complaint(name: string, type: string, verb: string): readonly Complaint[] {
  const highest = HIGHEST[type];
  if (highest === undefined) return [];
  const shown = schemaOf(name) === 'public' ? identifierText(bareName(name)) : qualifiedText(name);
  return [
    {
      relation: name,
      message: `${code(name)} ends at ${highest}; every insert that takes a number from it fails then.`,
      help: `Write ${code(`${verb} SEQUENCE ${shown} AS bigint`)}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'int-sequence',
  section: 'types',
  title: 'A sequence of a small type runs out of numbers',
  condition: 'A sequence is made or changed `AS integer` or `AS smallint`.',
  effect: 'At its last number every insert that uses it fails.',
  workaround: 'Leave the type out, or write `AS bigint`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
