import { blockedBy, type RelationEffect } from '../sql/effect.ts';
import { schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { fingerprint, meaning } from './fingerprint.ts';
import { callsUncertain, type InnerStatement } from './inner-statements.ts';
import { UNPREDICTED_WORK } from './names.ts';
import { rules } from './registry.ts';
import type { Complaint, Finding, Rule, RuleContext, Severity } from './rule.ts';
import { type SmallTable, weigh } from './weigh.ts';
import { code } from './words.ts';

/** A statement that another one runs, and what rules are told of it. */
export type Inside = InnerStatement & { readonly context: RuleContext };

type Said = {
  readonly findings: readonly Finding[];
  readonly inner: readonly Inside[];
  readonly severities: Readonly<Record<string, 'off' | Severity>>;
  readonly smallTable?: SmallTable | undefined;
};

/**
 * Findings of what the effects of a statement tell and no rule does, not even one that is off: rows of a relation that
 * stood before are worked on while writers wait, or are lost.
 */
export function unspokenFindings(
  statement: Statement,
  context: RuleContext,
  { findings, inner, severities, smallTable }: Said,
): readonly Finding[] {
  const asked = severities[UNPREDICTED_WORK];
  const work = asked === 'off' ? [] : unspokenWork(context);
  if (work.length === 0 || callsUncertain(statement, context.catalog)) return [];
  const speakers = rules.filter(speaksOfWork);
  if (findings.some(({ rule }) => speakers.some(({ slug }) => slug === rule))) return [];
  const all = [{ inner: statement, context }, ...inner];
  const speaks = ({ kinds, check }: Rule): boolean =>
    all.some((one) => (kinds?.includes(one.inner.kind) ?? true) && check(one.inner, one.context).length > 0);
  if (speakers.some(speaks)) return [];
  return work.flatMap((one) => unspokenFinding(statement, context, one, { asked, smallTable }));
}

function unspokenFinding(
  statement: Statement,
  { effects: found, catalog }: RuleContext,
  { complaint, severity, claim }: Unspoken,
  { asked = severity, smallTable }: Pick<Said, 'smallTable'> & { asked: Severity | 'off' | undefined },
): readonly Finding[] {
  if (asked === 'off') return [];
  const relations = found.relations.filter(({ relation }) => relation === complaint.relation);
  const weight = weigh(asked, claim, { ...found, relations }, catalog, smallTable);
  if (weight.severity === 'notice' && asked !== 'notice') return [];
  const { relation, message, help } = complaint;
  return [
    {
      rule: UNPREDICTED_WORK,
      severity: weight.severity,
      place: statement.place,
      relation,
      message: weight.measure === '' ? message : `${message} ${weight.measure}`,
      help,
      fix: [],
      evidence: 'predicted',
      fingerprint: fingerprint(UNPREDICTED_WORK, relation, undefined, meaning(statement)),
    },
  ];
}

/** Work of a statement that no rule speaks of, as a complaint with the severity and the claim of its kind. */
type Unspoken = {
  readonly complaint: Complaint;
  readonly severity: Severity;
  readonly claim: Rule['claim'];
};

/** Relations whose rows are worked on while writers wait, or are lost, and that stood before the change: by the effects alone. */
function unspokenWork({ effects, catalog }: RuleContext): readonly Unspoken[] {
  return effects.relations
    .filter((effect) => WITH_ROWS.has(effect.kind) && (blocks(effect) || effect.dataLoss))
    .filter(({ relation }) => {
      const known = catalog.relations.get(relation);
      return known ? !known.isNew : !catalog.complete && schemaOf(relation) !== 'pg_temp';
    })
    .map(unspoken);
}

/** Whether complaints of the rule tell of such work. Of the opinions only those do that are about it. */
function speaksOfWork({ optIn, claim }: Rule): boolean {
  if (!optIn) return true;
  return 'lock' in claim && (claim.rewrite || claim.scan || claim.builds);
}

const WITH_ROWS: ReadonlySet<RelationEffect['kind']> = new Set([
  'table',
  'partitioned table',
  'materialized view',
]);

function blocks({ lock, rewrite, scan, builds }: RelationEffect): boolean {
  return blockedBy(lock).writes && (rewrite || scan || builds !== undefined);
}

function unspoken(effect: RelationEffect): Unspoken {
  const { relation, lock, rewrite, scan, builds, why, conditional } = effect;
  const isWork = blocks(effect);
  const work = isWork ? workWords(effect) : 'loses data';
  const who = blockedBy(lock).reads ? 'neither read nor written' : 'not written';
  const wait = isWork ? `, and can be ${who} meanwhile` : '';
  const perhaps = conditional ? ' if its rows or the conditions in its code ask for it' : '';
  return {
    complaint: {
      relation,
      message: `What this statement runs works on ${code(relation)}${perhaps}: it ${work} under ${lock} (${why})${wait}.`,
      help: `Take the work on ${code(relation)} out of the code that this statement runs, and write it as a statement of its own, in the form that the rules advise for it.`,
    },
    severity: isWork ? 'error' : 'warning',
    claim: { lock, rewrite, scan, builds: builds !== undefined },
  };
}

function workWords({ rewrite, scan, builds, dataLoss }: RelationEffect): string {
  const words = [
    ...(rewrite ? ['is rewritten'] : []),
    ...(scan ? ['is scanned'] : []),
    ...(builds === undefined ? [] : ['gets an index']),
    ...(dataLoss ? ['loses data'] : []),
  ];
  return words.join(' and ');
}
