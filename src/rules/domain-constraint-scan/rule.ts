import type { AlterDomainStmt } from '@pgsql/types';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code, isOrAre, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('AlterDomainStmt' in node)) return [];
  const scanned = onExisting(context.effects, context.catalog).filter(({ scan }) => scan);
  if (scanned.length === 0) return [];
  const tables = scanned.map(({ relation }) => relation);
  const domain = resolve(context.catalog, strings(node.AlterDomainStmt.typeName));
  return [
    {
      relation: tables.length === 1 ? tables[0] : undefined,
      part: domain,
      message: `Nobody can write to ${listed(tables)}, which ${isOrAre(tables)} read whole for the values of ${code(domain)}.`,
      ...remedy(node.AlterDomainStmt, domain, statement),
    },
  ];
}

type Remedy = { readonly help: string; readonly fix?: readonly TextEdit[] };

function remedy({ subtype, def }: AlterDomainStmt, domain: string, { place }: Statement): Remedy {
  if (subtype === 'V')
    return {
      help: `Leave it NOT VALID, which already holds for every new value of ${code(domain)}, or prove old rows with a CHECK … NOT VALID on each table, which is validated without keeping writers out.`,
    };
  const isCheck = def && 'Constraint' in def && def.Constraint.contype === 'CONSTR_CHECK';
  if (!isCheck) {
    const name = identifierText(`${bareName(domain)}_not_null`);
    const add = `ALTER DOMAIN ${qualifiedText(domain)} ADD CONSTRAINT ${name} CHECK (VALUE IS NOT NULL) NOT VALID`;
    return { help: `Write ${code(add)}, which reads no table and holds for every new value.` };
  }
  return {
    help: `Append ${code('NOT VALID')}: no table is read or locked, and every new value of ${code(domain)} is checked.`,
    fix: [{ startByte: place.endByte, endByte: place.endByte, text: ' NOT VALID' }],
  };
}

export const rule: Rule = {
  slug: 'domain-constraint-scan',
  section: 'types',
  title: 'A constraint on a domain reads every table that uses it',
  condition:
    '`ALTER DOMAIN` adds a `CHECK`, sets `NOT NULL` or validates a constraint, and existing tables have columns of it.',
  effect: 'Nobody can write to any of those tables while all of them are read.',
  workaround: 'Add the constraint `NOT VALID`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterDomainStmt'],
  check,
};
