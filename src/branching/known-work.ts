/** A table or partitioned table, as far as it tells whose work it holds. */
export type WorkTable = {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
};

/**
 * Tables of job queues whose rows are work that some worker will do: mails, webhooks, charges. Matched by name and
 * columns, so that another table of that name is left alone. What refers to them stands with them, since all are emptied
 * at once. `schema` where the library has one of its own that nobody can choose.
 */
const QUEUES: readonly {
  readonly name: RegExp;
  readonly columns: string;
  readonly schema?: string;
  readonly kind?: 'cron job';
}[] = [
  { schema: 'net', name: /^http_request_queue$/, columns: 'id method url headers body' },
  { schema: 'pgmq', name: /^q_/, columns: 'msg_id read_ct enqueued_at vt message' },
  { name: /^_private_jobs$/, columns: 'job_queue_id task_id payload run_at attempts' },
  { name: /^jobs$/, columns: 'queue_name task_identifier payload run_at attempts' },
  { name: /^jobs$/, columns: 'queue payload attempts reserved_at available_at' },
  { name: /^job$|^j[0-9a-f]{56}$/, columns: 'name data state start_after singleton_key' },
  { name: /^job$/, columns: 'name data state startafter singletonkey' },
  { kind: 'cron job', name: /^schedule$/, columns: 'name cron timezone data options' },
  { name: /^que_jobs$/, columns: 'priority run_at job_class args error_count' },
  { name: /^oban_jobs$/, columns: 'state queue worker args attempt scheduled_at' },
  { name: /^good_jobs$/, columns: 'queue_name serialized_params scheduled_at finished_at' },
  { name: /^delayed_jobs$/, columns: 'priority attempts handler run_at locked_at' },
  { name: /^solid_queue_jobs$/, columns: 'queue_name class_name arguments scheduled_at finished_at' },
  {
    name: /^solid_queue_(ready|scheduled|claimed|blocked|failed|recurring)_executions$/,
    columns: 'job_id created_at',
  },
  { kind: 'cron job', name: /^solid_queue_recurring_tasks$/, columns: 'key schedule command class_name' },
  { name: /^river_job$/, columns: 'state attempt kind args queue scheduled_at' },
  { name: /^procrastinate_jobs$/, columns: 'queue_name task_name args status scheduled_at' },
  { name: /^procrastinate_events$/, columns: 'job_id type at' },
  { name: /^procrastinate_periodic_defers$/, columns: 'task_name defer_timestamp job_id' },
  {
    kind: 'cron job',
    name: /^django_celery_beat_periodictask$/,
    columns: 'name task enabled args kwargs crontab_id',
  },
  { name: /^django_q_ormq$/, columns: 'key payload lock' },
  { kind: 'cron job', name: /^django_q_schedule$/, columns: 'func args schedule_type next_run' },
  { name: /^messenger_messages$/, columns: 'body headers queue_name available_at delivered_at' },
  {
    kind: 'cron job',
    name: /^scheduled_tasks$/,
    columns: 'task_name task_instance task_data execution_time picked',
  },
  { kind: 'cron job', name: /^qrtz_triggers$/, columns: 'sched_name trigger_name trigger_group job_name' },
  {
    kind: 'cron job',
    name: /^qrtz_(simple|simprop|cron|blob|fired)_triggers$/,
    columns: 'sched_name trigger_name trigger_group',
  },
  { schema: 'hdb_catalog', name: /^event_log$/, columns: 'trigger_name payload delivered' },
  { schema: 'hdb_catalog', name: /^hdb_(cron|scheduled)_events$/, columns: 'scheduled_time status tries' },
  {
    schema: 'hdb_catalog',
    name: /^(event_invocation_logs|hdb_(cron|scheduled)_event_invocation_logs)$/,
    columns: 'event_id status request',
  },
];

/** The names above in one pattern that Postgres reads as well, to ask for no more tables than may be meant. */
export const KNOWN_NAMES: string = QUEUES.map(({ name }) => `(${name.source})`).join('|');

/** What the rows of a table are, when it belongs to a job queue that is known; undefined for every other table. */
export function knownWork(table: WorkTable): 'queue' | 'cron job' | undefined {
  const found = QUEUES.find(
    ({ schema, name, columns }) =>
      (schema === undefined || schema === table.schema) &&
      name.test(table.name) &&
      columns.split(' ').every((column) => table.columns.includes(column)),
  );
  return found && (found.kind ?? 'queue');
}

/**
 * Timetables of extensions that a background worker of the server reads. Rows are switched off, not taken away. Only a
 * table that belongs to the extension is touched: these extensions are superusers' own, so no other's code hangs on it.
 */
export const TIMETABLES: readonly {
  readonly extension: string;
  readonly schema: string;
  readonly name: string;
  readonly flag: string;
}[] = [
  { extension: 'pg_cron', schema: 'cron', name: 'job', flag: 'active' },
  { extension: 'pgagent', schema: 'pgagent', name: 'pga_job', flag: 'jobenabled' },
  { extension: 'timescaledb', schema: '_timescaledb_config', name: 'bgw_job', flag: 'scheduled' },
  { extension: 'timescaledb', schema: '_timescaledb_catalog', name: 'bgw_job', flag: 'scheduled' },
];
