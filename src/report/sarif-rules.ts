import { docsUrl } from '../rules/docs-url.ts';
import { rules } from '../rules/registry.ts';
import type { Rule, Severity } from '../rules/rule.ts';
import { clip } from './plain.ts';

/** SARIF's words for our severities. */
export const LEVELS = { error: 'error', warning: 'warning', notice: 'note' } as const;
/** GitHub's own order of what it shows beside `level` (documentation, "SARIF support for code scanning"). */
const PROBLEM_SEVERITIES = { error: 'error', warning: 'warning', notice: 'recommendation' } as const;

/** GitHub's limits for descriptions, and for a name (same page). */
const LONGEST_DESCRIPTION = 1024;
const LONGEST_NAME = 255;

export type SarifRule = {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: { readonly text: string };
  readonly fullDescription: { readonly text: string };
  readonly helpUri: string;
  readonly help: { readonly text: string; readonly markdown: string };
  readonly defaultConfiguration: {
    readonly level: (typeof LEVELS)[Severity];
    readonly enabled: boolean;
  };
  readonly properties: Readonly<Record<string, unknown>>;
};

/** Every rule, and a short descriptor for each other name that a result uses. */
export function sarifRules(
  pages: ReadonlyMap<string, string>,
  used: ReadonlySet<string>,
): readonly SarifRule[] {
  const known = new Set(rules.map(({ slug }) => slug));
  const others = [...used].filter((name) => !known.has(name)).toSorted();
  return [...rules.map((rule) => described(rule, pages.get(rule.slug))), ...others.map(nameless)];
}

function described(rule: Rule, page: string | undefined): SarifRule {
  const { slug, title, condition, effect, workaround, severity, optIn } = rule;
  const text = `${condition} ${effect} Instead: ${workaround}`;
  const security = rule.section === 'security';
  return {
    id: slug,
    name: clip(pascal(slug), LONGEST_NAME),
    shortDescription: { text: clip(title, LONGEST_DESCRIPTION) },
    fullDescription: { text: clip(`${condition} ${effect}`, LONGEST_DESCRIPTION) },
    helpUri: docsUrl(slug),
    help: { text, markdown: page ?? text },
    defaultConfiguration: { level: LEVELS[severity], enabled: optIn !== true },
    properties: {
      tags: ['postgres', 'migrations', rule.section],
      precision: optIn ? 'medium' : 'very-high',
      'problem.severity': PROBLEM_SEVERITIES[severity],
      ...(security ? { 'security-severity': severity === 'error' ? '7.0' : '4.0' } : {}),
    },
  };
}

/** A complaint that is no rule of SQL: an exception that has ended, a merged migration that was edited. */
function nameless(name: string): SarifRule {
  const text = `${name.replaceAll('-', ' ')}.`;
  return {
    id: name,
    name: clip(pascal(name), LONGEST_NAME),
    shortDescription: { text: clip(text, LONGEST_DESCRIPTION) },
    fullDescription: { text: clip(text, LONGEST_DESCRIPTION) },
    helpUri: docsUrl(name),
    help: { text, markdown: text },
    defaultConfiguration: { level: 'warning', enabled: true },
    properties: { tags: ['postgres', 'migrations'], precision: 'very-high', 'problem.severity': 'warning' },
  };
}

function pascal(slug: string): string {
  return slug.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}
