import type { Severity } from './rule.ts';

type OtherName = { readonly severity: Severity; readonly title: string; readonly help: string };

/** Complaints that no rule of SQL makes: about the list of migrations, about exceptions, and what a rehearsal alone sees. */
export const OTHER_NAMES: Readonly<Record<string, OtherName>> = {
  'deleted-migration': {
    severity: 'error',
    title: 'A merged migration was deleted',
    help: 'Databases that have applied it stay as they are, new ones are made without it. Restore the file, and undo it in a new migration.',
  },
  'edited-migration': {
    severity: 'error',
    title: 'A merged migration was edited',
    help: 'Databases that have applied it will not see the change. Restore the file, and write the change as a new migration.',
  },
  'out-of-order-migration': {
    severity: 'warning',
    title: 'A new migration sorts before one that is merged',
    help: 'Databases that are further already skip it or apply it out of order. Give it a newer version.',
  },
  'duplicate-version': {
    severity: 'error',
    title: 'Two migrations have one version',
    help: 'A tool applies only one of them, or refuses both. Give one of them a new version.',
  },
  'unmasked-column': {
    severity: 'warning',
    title: 'A column is added or changed, and the masking profile does not say what becomes of it',
    help: 'The next refresh of the masked baseline is refused, or leaves it clear. Paste the line that the finding gives into the profile.',
  },
  'weakened-mask': {
    severity: 'notice',
    title: 'A change of the masking profile leaves more as it is than before',
    help: 'Somebody who answers for the data should look at it before it is merged.',
  },
  'unreadable-masking-profile': {
    severity: 'warning',
    title: 'The masking profile of the change cannot be read',
    help: 'Whether its columns are masked was not judged, and no refresh can use it. Mend the file.',
  },
  'exception-expired': {
    severity: 'warning',
    title: 'An exception has passed its last day',
    help: 'The rule holds again. Remove the exception, or have its owner renew it.',
  },
  'exception-unused': {
    severity: 'warning',
    title: 'An exception waives nothing',
    help: 'Remove it, or correct its rule, path or place.',
  },
  'exception-invalid': {
    severity: 'warning',
    title: 'A comment that asks for an exception says it wrongly',
    help: 'It waives nothing. It needs a rule, a reason, an owner and a last day.',
  },
  'exception-unknown-rule': {
    severity: 'warning',
    title: 'A comment asks for an exception from a rule that does not exist',
    help: 'It waives nothing. Take the name from the finding that it is meant for.',
  },
  'exception-not-allowed': {
    severity: 'warning',
    title: 'A migration carries an exception although the policy takes none there',
    help: 'It waives nothing. Ask for it in the policy, on the base branch.',
  },
  'unpredicted-blocking-work': {
    severity: 'error',
    title: 'Work that blocks others or loses data, and that no rule explains',
    help: 'Look at the locks of the statement, predicted or measured in a rehearsal, and at the code that it runs.',
  },
  'migration-failed': {
    severity: 'error',
    title: 'A migration failed on the branch',
    help: 'It would fail in production too. The server’s message and the state that it left are in the report.',
  },
  'over-budget': {
    severity: 'error',
    title: 'A rehearsal measured more than the policy’s budget allows',
    help: 'Split the work, use a gentler form, or have the budget raised in the policy.',
  },
  'data-breaks-constraint': {
    severity: 'error',
    title: 'Rows on the branch break what the statement asks for',
    help: 'The statement will be refused in production too. Mend the rows in an earlier migration, in batches.',
  },
  'left-invalid-index': {
    severity: 'error',
    title: 'A migration left an invalid index behind',
    help: 'It costs every write and serves no query. Drop it, and build it again.',
  },
  'left-unvalidated-constraint': {
    severity: 'notice',
    title: 'A migration left a constraint that is not validated',
    help: 'It holds for new rows only. Validate it in a later migration.',
  },
  'left-disabled-trigger': {
    severity: 'warning',
    title: 'A migration left a trigger disabled',
    help: 'What it guards is not guarded any more. Enable it at the end of the migration.',
  },
  'down-migration-missing': {
    severity: 'error',
    title: 'A migration has no way back, and the policy asks for one',
    help: 'Write its down part, or say in the policy that none is required.',
  },
  'down-migration-fails': {
    severity: 'warning',
    title: 'A down migration was refused by the server',
    help: 'Nobody could go back by it. Mend it, or remove it.',
  },
  'down-migration-differs': {
    severity: 'warning',
    title: 'Up and down do not lead back to the same schema',
    help: 'The difference is listed. Let the down part undo all that the up part does.',
  },
};
