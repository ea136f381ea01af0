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
};
