import type { SourceTable } from '../source.ts';
import { nameTokens } from './tokens.ts';

type Hint = { readonly name: RegExp; readonly why: string };

/** By the table's words joined with `_`, singular; schema and table for what comes with an extension or a service. */
const HINTS: readonly Hint[] = [
  {
    name: /(^|_)audit(ed)?(_|$)|^logged_action$|(^|_)(auditoria|protokoll)$/,
    why: 'an audit trail repeats old and new values of other tables',
  },
  {
    name: /(^|_)(history|archive|historique|verlauf|historial|storico)$|^(paper_trail_)?version$|_version$|^hist_/,
    why: 'a history repeats old values of another table',
  },
  {
    name: /_log(ging)?$|^log$|_log_entry$|(^|_)(access|request|error|activity|mail|email|sms|event)_log(_|$)/,
    why: 'a log has whatever was written to it',
  },
  {
    name: /(^|_)(outbox|inbox_event|dead_letter)(_|$)|^outbox/,
    why: 'an outbox has messages to send, which a branch must not send',
  },
  {
    name: /(^|_)(queue|job|delayed_job|failed_job|solid_queue_\w+|sidekiq\w*|oban_job|que_job|good_job\w*|pgboss_\w+|resque\w*|celery_\w+|task_queue)$/,
    why: 'a job queue has work with its arguments, which a branch must not do',
  },
  {
    name: /(^|_)(session|django_session|active_session|user_session|sessione|sitzung)$/,
    why: 'sessions are credentials of people who are logged in',
  },
  {
    name: /(^|_)(access_token|refresh_token|oauth\d?_\w+|oauth_access_grant|password_reset(_token)?|personal_access_token|api_token|magic_link|otp_code|verification_code|login_token|auth_token)$/,
    why: 'tokens are credentials',
  },
  {
    name: /^(email|mail|sms|push|notification|message)_(log|delivery|queue|sent|message)$|^(sent_)?(mail|email)$|^notification$/,
    why: 'sent messages repeat addresses and names',
  },
  {
    name: /^webhook_(event|delivery|request|log|call)$|^webhook$/,
    why: 'webhooks have whole requests, and where to send them',
  },
  {
    name: /^ahoy_|^impression$|^page_view$|^(tracking|analytics|pageview)(_event)?$/,
    why: 'tracking has addresses and devices of visitors',
  },
  { name: /^active_storage_/, why: 'the files that it names are not there' },
];

/** Schemas that belong to a queue, a scheduler or a service. */
const SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['graphile_worker', 'a job queue has work with its arguments, which a branch must not do'],
  ['pgboss', 'a job queue has work with its arguments, which a branch must not do'],
  ['cron', 'jobs of pg_cron would run in a branch, and their log has statements'],
  ['net', 'requests and responses of pg_net'],
  ['vault', 'a vault has secrets'],
  ['audit', 'an audit trail repeats old and new values of other tables'],
]);

/**
 * Why a table should be empty on a branch, by its name or by its shape; undefined where nothing says so. By shape: a row
 * before and a row after beside what was done and to which table.
 */
export function wholeTableHint(table: SourceTable): string | undefined {
  const name = nameTokens(table.name).join('_');
  const hint = SCHEMAS.get(table.schema) ?? HINTS.find((one) => one.name.test(name))?.why;
  return hint ?? ofShape(table);
}

const BEFORE = /^(old|before|previous)(_(data|row|value|record|values))?$|^row_data$|^original_data$/;
const AFTER =
  /^(new|after|changed|current)(_(data|row|value|record|values|field))?$|^(diff|change|object_change)$/;
const DONE = /^(action|operation|op|event|event_type|command|verb|dml|tg_op)$/;

function ofShape({ columns }: SourceTable): string | undefined {
  const names = columns.map(({ name }) => nameTokens(name).join('_'));
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (has(BEFORE) && has(AFTER)) return 'it has the row before and the row after a change';
  const holdsDocument = columns.some(({ type }) => type.category === 'json');
  const points = has(
    /^(table|table_name|relation|relid|object_type|auditable_type|item_type|content_type_id)$/,
  );
  return holdsDocument && has(DONE) && points ? 'it has what was done to rows of other tables' : undefined;
}
