import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { concurrentWork } from '../concurrent-work.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { type Timeout, timeoutInForce } from '../timeouts.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return [...concurrent(statement, context), ...validation(statement, context)];
}

const WHAT_COUNTS: Readonly<Record<Timeout, string>> = {
  lock_timeout: 'its wait for every older transaction counts as a wait for a lock',
  statement_timeout: 'the whole build and its waits count',
};

function concurrent(statement: Statement, context: RuleContext): readonly Complaint[] {
  const work = concurrentWork(statement, context.catalog);
  if (work === undefined || work.isNew || work.isOnPartitioned) return [];
  const active = (['lock_timeout', 'statement_timeout'] as const).filter((name) =>
    timeoutInForce(context.session, name),
  );
  const [first] = active;
  if (first === undefined) return [];
  const off = active.map((name) => code(`SET ${name} = 0`)).join(' and ');
  return [
    {
      relation: work.relation,
      part: work.part,
      message: `${value(context, first)} ends ${code(work.command)} halfway, since ${WHAT_COUNTS[first]}, and leaves ${work.leaves}.`,
      help: `Put ${off} before it.`,
    },
  ];
}

/** A validation waits for no older transactions and leaves nothing behind, but reads the whole table. */
function validation(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (!timeoutInForce(context.session, 'statement_timeout')) return [];
  return alterCommands(statement, context.catalog).flatMap(({ command, table }) => {
    const reads = context.effects.relations.some(({ relation, scan }) => relation === table && scan);
    const isNew = context.catalog.relations.get(table)?.isNew;
    if (command.subtype !== 'AT_ValidateConstraint' || !reads || isNew) return [];
    const name = command.name ?? '';
    return [
      {
        relation: table,
        part: name,
        message: `${value(context, 'statement_timeout')} ends the validation of ${code(name)}, which reads all of ${code(table)}, when it takes longer, and leaves the constraint NOT VALID.`,
        help: `Put ${code('SET statement_timeout = 0')} before it.`,
      },
    ];
  });
}

function value({ session }: RuleContext, name: Timeout): string {
  return code(`${name} = ${timeoutInForce(session, name)?.value ?? ''}`);
}

export const rule: Rule = {
  slug: 'lock-timeout-aborts-concurrently',
  section: 'indexes',
  title: 'A timeout aborts CONCURRENTLY halfway',
  condition:
    'The file sets a `lock_timeout` or `statement_timeout` and then builds, drops or detaches something `CONCURRENTLY`, or validates under a `statement_timeout`.',
  effect: 'One long transaction elsewhere makes it fail, and an INVALID index is left behind.',
  workaround: '`SET lock_timeout = 0` before it: it blocks nobody while it waits.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  check,
};
