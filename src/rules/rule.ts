import type { Catalog } from '../sql/catalog.ts';
import type { Effects, LockMode, PostgresVersion } from '../sql/effect.ts';
import type { Place, Statement } from '../sql/statement.ts';

export const SEVERITIES = ['notice', 'warning', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A mechanical rewrite: replace these bytes of the file by this text. */
export type TextEdit = { readonly startByte: number; readonly endByte: number; readonly text: string };

/** A rule's complaint about one statement. The same words serve for what was predicted and what was observed. */
export type Finding = {
  readonly rule: string;
  readonly severity: Severity;
  readonly place: Place;
  readonly relation?: string | undefined;
  /** The consequence, one sentence. */
  readonly message: string;
  /** What to do, one imperative sentence. */
  readonly help: string;
  readonly fix: readonly TextEdit[];
  readonly evidence: 'predicted' | 'observed';
};

export type RuleContext = {
  /** The schema just before the statement. */
  readonly catalog: Catalog;
  readonly effects: Effects;
  readonly version: PostgresVersion;
  readonly inTransaction: boolean;
};

/** What a rule says about a statement; the engine adds rule, severity, place and evidence. */
export type Complaint = {
  readonly relation: string | undefined;
  readonly message: string;
  readonly help: string;
  readonly fix?: readonly TextEdit[];
};

/** What the rule's bad.sql must be seen to do on a real server; the law test proves it. */
export type Claim = {
  readonly lock: LockMode;
  readonly rewrite: boolean;
  readonly scan: boolean;
  readonly builds: boolean;
};

export type Rule = {
  readonly slug: string;
  readonly title: string;
  readonly condition: string;
  readonly effect: string;
  readonly workaround: string;
  readonly severity: Severity;
  readonly since: PostgresVersion;
  readonly claim: Claim;
  readonly check: (statement: Statement, context: RuleContext) => readonly Complaint[];
};
