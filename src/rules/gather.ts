import { groupBy } from '../group-by.ts';
import { rules } from './registry.ts';
import { type Finding, type Rule, SEVERITIES } from './rule.ts';
import { code } from './words.ts';

const BY_NAME: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.slug, rule]));

/**
 * The findings as a person works them off: within a file one for each thing to do, with the others beneath it in `also`.
 * A finding goes beneath one of its own rule, of a rule that says the same more exactly (`over`), or as its rule's
 * `beneath` says; never beneath a milder one. An error goes beneath another rule's only where that says the same of the
 * same relation. Nothing is lost, and the order is that of the findings that stay above.
 */
export function gather(findings: readonly Finding[]): readonly Finding[] {
  const files = groupBy(findings, ({ place }) => place.file);
  const order = new Map(findings.map((finding, index) => [finding, index]));
  // One file after the other, then in the order of all of them.
  return [...files.values()]
    .flatMap((own) => gatherFile(own))
    .toSorted((a, b) => (order.get(a.head) ?? 0) - (order.get(b.head) ?? 0))
    .map(({ head, also }) => (also.length === 0 ? head : { ...head, also: inOrder(also) }));
}

type Gathered = { readonly head: Finding; readonly also: Finding[] };

function gatherFile(findings: readonly Finding[]): readonly Gathered[] {
  const above: Gathered[] = [];
  // Of the rules' own findings only a few stay above; complaints about exceptions may be as many as there are comments.
  const leaders: Gathered[] = [];
  for (const finding of fromTheTop(findings)) {
    const leader = leaders.find(({ head }) => leads(head, finding));
    if (leader !== undefined) {
      leader.also.push(finding);
      continue;
    }
    const own = { head: finding, also: [] };
    above.push(own);
    if (BY_NAME.has(finding.rule)) leaders.push(own);
  }
  return above;
}

/** Those that can only stand above first; among equals the gravest, then as they came. */
function fromTheTop(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => depth(a.rule) - depth(b.rule) || grade(b) - grade(a));
}

function leads(head: Finding, finding: Finding): boolean {
  if (grade(head) < grade(finding)) return false;
  const rule = BY_NAME.get(finding.rule);
  const leader = BY_NAME.get(head.rule);
  // Complaints about exceptions and about the list of migrations each say something of their own.
  if (rule === undefined || leader === undefined) return false;
  if (rule === leader) return true;
  // What stops the application or the migration stands for itself, unless it is the same thing said more exactly.
  if (finding.severity === 'error' && head.relation !== finding.relation) return false;
  if (leader.over?.includes(rule.slug)) return true;
  if (finding.severity === 'error') return false;
  const { beneath } = rule;
  if (beneath === 'file') return true;
  if (beneath === 'relation') return head.relation === finding.relation;
  return beneath?.includes(leader.slug) ?? false;
}

const DEPTHS = new Map<string, number>();

/** How far down its rule can stand. */
function depth(slug: string): number {
  const known = DEPTHS.get(slug);
  if (known !== undefined) return known;
  const rule = BY_NAME.get(slug);
  if (rule?.beneath === 'file') return rules.length + 1;
  if (rule?.beneath === 'relation') return rules.length;
  const leaders = [
    ...(rule?.beneath ?? []),
    ...rules.flatMap((one) => (one.over?.includes(slug) ? one.slug : [])),
  ];
  const found = leaders.length === 0 ? 0 : 1 + Math.max(...leaders.map(depth));
  DEPTHS.set(slug, found);
  return found;
}

function grade({ severity }: Finding): number {
  return SEVERITIES.indexOf(severity);
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => a.place.startByte - b.place.startByte);
}

/** Places in a sentence. */
const TOLD = 5;

/** The findings beneath one, in a sentence; empty when there are none. */
export function alsoWords(head: Finding): string {
  const { also = [] } = head;
  if (also.length === 0) return '';
  const told = also.slice(0, TOLD).map((one) => {
    const about = alsoAbout(head, one);
    return `line ${one.place.line}${about.length === 0 ? '' : ` (${about.map(code).join(', ')})`}`;
  });
  const more = also.length - told.length;
  const list = [...told, ...(more > 0 ? [`${more} more`] : [])];
  const last = list.pop() ?? '';
  return `In this file also: ${list.length === 0 ? last : `${list.join(', ')} and ${last}`}.`;
}

/** What a finding beneath another is about, as far as it differs: relation and rule. */
export function alsoAbout(head: Finding, { relation, rule }: Finding): readonly string[] {
  return [
    ...(relation === undefined || relation === head.relation ? [] : [relation]),
    ...(rule === head.rule ? [] : [rule]),
  ];
}
