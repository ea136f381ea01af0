import type { LockMode, PostgresVersion } from '../sql/effect.ts';
import type { Place, Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';

export type { RuleContext } from './context.ts';

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
  /** The same for the same complaint about the same statement, wherever it stands and however it is laid out: 16 hex digits. */
  readonly fingerprint: string;
  /** What is to be done together with it: findings of the same file that `gather` put beneath this one. */
  readonly also?: readonly Finding[] | undefined;
};

/** What a rule says about a statement; the engine adds rule, severity, place, fingerprint and evidence. */
export type Complaint = {
  readonly relation: string | undefined;
  /** The part of the relation that is meant, such as a column's or a constraint's name. */
  readonly part?: string | undefined;
  readonly message: string;
  readonly help: string;
  readonly fix?: readonly TextEdit[];
};

/** What the rule's bad.sql must be seen to do on a real server; the law test proves it. */
export type Claim =
  /** The strongest lock on anything that stood before, and the server's messages. */
  | {
      readonly lock: LockMode | 'none';
      readonly rewrite: boolean;
      readonly scan: boolean;
      readonly builds: boolean;
    }
  /** The server refuses it with this SQLSTATE. */
  | { readonly fails: string }
  /** The server only warns, with this SQLSTATE. */
  | { readonly warns: string }
  /** Nothing that a server shows: bad.sql runs, and the harm comes later. */
  | { readonly harm: 'later' };

/** The sections of the list of rules, in its order. */
export const SECTIONS = [
  'columns',
  'constraints',
  'indexes',
  'tables',
  'partitions',
  'maintenance',
  'triggers',
  'types',
  'data',
  'transactions',
  'security',
  'context',
  'design',
  'reruns',
] as const;
export type Section = (typeof SECTIONS)[number];

export type Rule = {
  readonly slug: string;
  readonly section: Section;
  readonly title: string;
  readonly condition: string;
  readonly effect: string;
  readonly workaround: string;
  readonly severity: Severity;
  /** An opinion: off unless the policy gives it a severity. */
  readonly optIn?: true;
  /** Rules whose complaint about the same statement, relation and part says less than this one's, and is left out. */
  readonly over?: readonly string[];
  /**
   * In a report it stands beneath findings of these rules in the same file, or beneath any that is as grave, about the
   * same relation or at all: whoever mends that one mends or moves this one too.
   */
  readonly beneath?: readonly string[] | 'relation' | 'file';
  /** First and last major version that it speaks for. */
  readonly since: PostgresVersion;
  readonly until?: PostgresVersion;
  readonly claim: Claim;
  /** The kinds of statements that it looks at, as `Statement.kind` has them. Left out, all: also where it only keeps in mind what it sees. */
  readonly kinds?: readonly string[];
  readonly check: (statement: Statement, context: RuleContext) => readonly Complaint[];
};
