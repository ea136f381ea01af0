import { rules } from '../../src/rules/registry.ts';
import type { Claim as OwnClaim } from '../../src/rules/rule.ts';
import { blockedBy } from '../../src/sql/effect.ts';

/**
 * What a finding says about blocking. `work`: readers or writers of an existing relation wait for as long as work on its
 * rows takes. `lock`: they wait for a lock that is held briefly. `other`: anything else (lost data, broken code, style,
 * reruns, missing timeouts), which counts neither for a tool nor against it.
 */
export type Claim = 'work' | 'lock' | 'other';
type Table = Readonly<Record<string, readonly [Claim, because: string]>>;

/** squawk 2.66.0, by rule, from the words of its findings and of its pages. */
export const SQUAWK: Table = {
  'adding-field-with-default': ['work', 'says that the table is rewritten under an ACCESS EXCLUSIVE lock'],
  'adding-foreign-key-constraint': ['work', 'says that the table is scanned while writes are blocked'],
  'adding-not-nullable-field': ['work', 'says that reads are blocked while the table is scanned'],
  'adding-required-field': ['work', 'names NOT NULL without a default, for which the server reads the rows'],
  'adding-serial-primary-key-field': ['work', 'says that everybody is blocked while the index is built'],
  'ban-alter-domain-with-add-constraint': ['work', 'its page says that tables are scanned under a lock'],
  'ban-char-field': ['other', 'advice on types'],
  'ban-concurrent-index-creation-in-transaction': ['other', 'says that the statement is refused'],
  'ban-create-domain-with-constraint': ['other', 'of later changes of the domain, not of this statement'],
  'ban-drop-column': ['other', 'of clients that break'],
  'ban-drop-database': ['other', 'of clients that break'],
  'ban-drop-not-null': ['other', 'of clients that break'],
  'ban-drop-table': ['other', 'of clients that break'],
  'ban-truncate-cascade': ['other', 'of rows that are lost'],
  'ban-uncommitted-transaction': ['other', 'of a missing COMMIT'],
  'changing-column-type': ['work', 'says that everybody is blocked while the table is rewritten'],
  'constraint-missing-not-valid': ['work', 'says that writes are blocked while the table is scanned'],
  'disallowed-unique-constraint': ['work', 'says that everybody is blocked while the index is built'],
  'prefer-bigint-over-int': ['other', 'advice on types'],
  'prefer-bigint-over-smallint': ['other', 'advice on types'],
  'prefer-identity': ['other', 'advice on types'],
  'prefer-repack': ['work', 'its page says that VACUUM FULL and CLUSTER block everybody while they rewrite'],
  'prefer-robust-stmts': ['other', 'of reruns'],
  'prefer-text-field': ['other', 'of later changes of the type, not of this statement'],
  'prefer-timestamp-tz': ['other', 'advice on types'],
  'renaming-column': ['other', 'of clients that break'],
  'renaming-table': ['other', 'of clients that break'],
  'require-concurrent-index-creation': ['work', 'says that writes are blocked during the creation'],
  'require-concurrent-index-deletion': ['lock', 'says that the table is locked until the index is dropped'],
  'require-concurrent-partition-detach': ['lock', 'says that the table is locked'],
  'require-concurrent-reindex': ['work', 'says that reads and writes are blocked'],
  'require-enum-value-ordering': ['other', 'of the order of labels'],
  'require-lock-timeout': ['other', 'of a missing setting, at nearly every statement'],
  'require-statement-timeout': ['other', 'of a missing setting, at nearly every statement'],
  'syntax-error': ['other', 'says that the statement was not understood'],
  'transaction-nesting': ['other', 'of BEGIN in BEGIN'],
};

/** pgfence 0.1.5, by rule; where a rule's verdict differs by risk, `rule RISK` comes first. */
export const PGFENCE: Table = {
  'add-column-constant-default': ['other', 'says that it is instant'],
  'add-column-default-pre-pg11': ['work', 'says that the table is rewritten'],
  'add-column-json': ['other', 'advice on types'],
  'add-column-non-constant-default': [
    'work',
    'says that the table is rewritten under an ACCESS EXCLUSIVE lock',
  ],
  'add-column-not-null-no-default': ['work', 'says that it fails on rows: the server reads them to find'],
  'add-column-serial': ['other', 'advice on types: its words are of owners and permissions'],
  'add-column-stored-generated': ['work', 'says that the table is rewritten under an ACCESS EXCLUSIVE lock'],
  'add-constraint-check-no-not-valid': [
    'work',
    'says that the table is scanned under an ACCESS EXCLUSIVE lock',
  ],
  'add-constraint-exclude': ['work', 'risk HIGH, and its remedy is to build the index first'],
  'add-constraint-fk-no-not-valid': ['work', 'risk HIGH for want of NOT VALID'],
  'add-constraint-unique': ['work', 'says that the table is scanned under an ACCESS EXCLUSIVE lock'],
  'add-constraint-unique-using-index': ['other', 'says that it is instant'],
  'add-pk-using-index': ['other', 'says that it is instant'],
  'add-pk-without-using-index': ['work', 'says that the table is scanned under an ACCESS EXCLUSIVE lock'],
  'alter-column-set-not-null': ['work', 'says that the table is scanned under an ACCESS EXCLUSIVE lock'],
  'alter-column-type LOW': ['other', 'says that only metadata changes'],
  'alter-column-type': ['work', 'says that the table is rewritten, or (risk MEDIUM) that it may be'],
  'concurrent-in-transaction': ['other', 'says that the statement is refused'],
  'create-index-not-concurrent': ['work', 'says that all writes are blocked'],
  'delete-without-where': ['other', 'of rows that are lost'],
  'drop-column': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired'],
  'drop-index-not-concurrent': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired'],
  'drop-table': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired'],
  'missing-application-name': ['other', 'of a missing setting'],
  'missing-idle-timeout': ['other', 'of a missing setting'],
  'missing-lock-timeout': ['other', 'of a missing setting'],
  'missing-statement-timeout': ['other', 'of a missing setting'],
  'not-valid-validate-same-tx': ['work', 'says that the scan runs under an ACCESS EXCLUSIVE lock'],
  'prefer-bigint-over-int': ['other', 'advice on types'],
  'prefer-robust-create-index': ['other', 'of reruns'],
  'prefer-robust-create-table': ['other', 'of reruns'],
  'prefer-robust-drop-index': ['other', 'of reruns'],
  'prefer-robust-drop-table': ['other', 'of reruns'],
  'prefer-text-field': ['other', 'of later changes of the type, not of this statement'],
  'prefer-timestamptz': ['other', 'advice on types'],
  'rename-column': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired, for an instant'],
  'rename-table': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired'],
  'statement-after-access-exclusive': ['lock', 'says that the lock is held for longer'],
  truncate: ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired'],
  'truncate-cascade': ['lock', 'says that an ACCESS EXCLUSIVE lock is acquired on all tables'],
  'update-in-migration': ['other', 'of the size of the change; rows are locked, not tables'],
  'vacuum-full': ['work', 'says that the table is rewritten under an ACCESS EXCLUSIVE lock'],
  'validate-constraint': ['other', 'says that the scan blocks nobody'],
};

/** Our own rules claim what the law test proves, but for these. */
const OWN: Table = {
  'add-column-not-null-no-default': [
    'work',
    'as for the peers: the server reads the rows to find that it fails',
  ],
  'alter-sequence': ['lock', 'the file that is written anew is a sequence, of one row'],
  truncate: ['other', 'of rows that are lost: the files are new because they are empty'],
  'truncate-cascade': ['other', 'of rows that are lost: the files are new because they are empty'],
};

/** @throws Error for a rule that the table does not know: a peer of another version must be read anew. */
export function claimOf(table: Table, rule: string, risk?: string): Claim {
  const known = table[`${rule} ${risk}`] ?? table[rule];
  if (known === undefined) throw new Error(`bench/hazards/claims.ts does not say what ${rule} claims.`);
  return known[0];
}

const ownClaims = new Map(rules.map(({ slug, claim }) => [slug, OWN[slug]?.[0] ?? blocking(claim)]));

export function ownClaim(rule: string): Claim {
  return ownClaims.get(rule) ?? 'other';
}

function blocking(claim: OwnClaim): Claim {
  if (!('lock' in claim) || claim.lock === 'none' || !blockedBy(claim.lock).writes) return 'other';
  return claim.rewrite || claim.scan || claim.builds ? 'work' : 'lock';
}
