import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownWork } from '../../src/branching/known-work.ts';
import { type Routine, reachesItself, reaching } from '../../src/branching/reach.ts';

const routine = (fields: Partial<Routine>): Routine => ({
  id: '1',
  name: 'f',
  language: 'plpgsql',
  trusted: true,
  source: '',
  library: undefined,
  extension: undefined,
  calls: [],
  ...fields,
});
const c = { language: 'c', trusted: false } as const;

const themselves: readonly (readonly [string, Partial<Routine>, boolean])[] = [
  ['dblink', { ...c, extension: 'dblink', name: 'dblink_exec' }, true],
  ['http_get of http', { ...c, extension: 'http', name: 'http_get' }, true],
  ['urlencode of http', { ...c, extension: 'http', name: 'urlencode' }, false],
  ['http_get of another extension', { ...c, extension: 'intagg', name: 'http_get' }, false],
  ['a C function of hstore', { ...c, extension: 'hstore', name: 'hstore' }, false],
  ['an extension’s Python', { language: 'plpython3u', trusted: false, extension: 'ai' }, true],
  ['plperlu', { language: 'plperlu', trusted: false }, true],
  ['plperl', { language: 'plperl' }, false],
  ['unaccent declared by hand', { ...c, library: '$libdir/unaccent', source: 'unaccent_dict' }, false],
  ['dblink declared by hand', { ...c, library: '$libdir/dblink', source: 'dblink_record' }, true],
  ['a file read in disguise', { language: 'internal', trusted: false, source: 'pg_read_file_all' }, true],
  ['lo_import in disguise', { language: 'internal', trusted: false, source: 'be_lo_import' }, true],
  ['abs in disguise', { language: 'internal', trusted: false, source: 'int4abs' }, false],
  ['a body that calls dblink', { source: `SELECT dblink('x')` }, false],
];
for (const [what, fields, reaches] of themselves) {
  test(`${what} ${reaches ? 'reaches out' : 'does not reach out by itself'}`, () => {
    assert.equal(reachesItself(routine(fields)), reaches);
  });
}

const bodies: readonly (readonly [string, boolean])[] = [
  [`PERFORM dblink_exec('x', 'y')`, true],
  [`PERFORM public."dblink" ('x')`, true],
  [`SELECT net.http_post(url)`, true],
  [`COPY t\nTO PROGRAM 'curl'`, true],
  [`EXECUTE 'copy t from program ''x'''`, true],
  [`PERFORM amqp.publish(1, 'x')`, true],
  [`PERFORM lo_export(1, '/tmp/x')`, true],
  [`PERFORM pgmq.send('q', '{}')`, false],
  [`PERFORM pg_notify('a', 'b')`, false],
  [`SELECT http_status FROM programs`, false],
  [`my_http_getter()`, false],
];
for (const [source, reaches] of bodies) {
  test(`${JSON.stringify(source)} is ${reaches ? '' : 'not '}a call that leads out`, () => {
    assert.equal(reaching([routine({ source })]).size, reaches ? 1 : 0);
  });
}

test('a chain of calls is followed, by name and by the catalog, and in circles', () => {
  const found = reaching([
    routine({ id: '1', name: 'a$b', source: 'SELECT dblink(1)' }),
    routine({ id: '2', name: 'two', source: 'SELECT a$b(1)' }),
    routine({ id: '3', name: 'three', calls: ['2'] }),
    routine({ id: '4', name: 'four', source: 'SELECT three(1), five()' }),
    routine({ id: '5', name: 'five', source: 'SELECT four()' }),
    routine({ id: '6', name: 'six', source: 'SELECT xtwo(1), twox(1), "three"' }),
  ]);
  assert.deepEqual([...found], ['1', '2', '3', '4', '5']);
});

const works: readonly (readonly [string, string, string, 'queue' | 'cron job' | undefined])[] = [
  ['net', 'http_request_queue', 'id method url headers body timeout_milliseconds', 'queue'],
  ['other', 'http_request_queue', 'id method url headers body', undefined],
  ['pgmq', 'q_mail', 'msg_id read_ct enqueued_at vt message', 'queue'],
  ['pgmq', 'a_mail', 'msg_id read_ct enqueued_at vt message', undefined],
  ['graphile_worker', '_private_jobs', 'id job_queue_id task_id payload priority run_at attempts', 'queue'],
  ['pgboss', 'job', 'id name priority data state start_after singleton_key', 'queue'],
  ['pgboss', 'job', 'id name priority data state startafter singletonkey', 'queue'],
  ['pgboss', 'schedule', 'name cron timezone data options', 'cron job'],
  ['public', 'schedule', 'id teacher room', undefined],
  ['public', 'jobs', 'id queue payload attempts reserved_at available_at created_at', 'queue'],
  ['public', 'jobs', 'id title salary', undefined],
  ['public', 'que_jobs', 'priority run_at job_id job_class args error_count last_error queue', 'queue'],
  ['app', 'oban_jobs', 'id state queue worker args attempt scheduled_at', 'queue'],
  ['public', 'good_jobs', 'id queue_name serialized_params scheduled_at finished_at', 'queue'],
  ['public', 'delayed_jobs', 'id priority attempts handler run_at locked_at', 'queue'],
  ['public', 'delayed_jobs', 'id mine', undefined],
  ['public', 'solid_queue_jobs', 'id queue_name class_name arguments scheduled_at finished_at', 'queue'],
  ['public', 'solid_queue_ready_executions', 'id job_id queue_name created_at', 'queue'],
  ['public', 'solid_queue_recurring_tasks', 'id key schedule command class_name', 'cron job'],
  ['public', 'river_job', 'id state attempt kind args queue scheduled_at', 'queue'],
  ['public', 'procrastinate_jobs', 'id queue_name task_name args status scheduled_at', 'queue'],
  ['public', 'procrastinate_events', 'id job_id type at', 'queue'],
  ['public', 'procrastinate_periodic_defers', 'id task_name defer_timestamp job_id', 'queue'],
  ['public', 'django_celery_beat_periodictask', 'id name task enabled args kwargs crontab_id', 'cron job'],
  ['public', 'django_q_ormq', 'id key payload lock', 'queue'],
  ['public', 'django_q_schedule', 'id func args schedule_type next_run', 'cron job'],
  ['public', 'messenger_messages', 'id body headers queue_name available_at delivered_at', 'queue'],
  ['public', 'scheduled_tasks', 'task_name task_instance task_data execution_time picked', 'cron job'],
  ['public', 'qrtz_triggers', 'sched_name trigger_name trigger_group job_name', 'cron job'],
  ['public', 'qrtz_cron_triggers', 'sched_name trigger_name trigger_group cron_expression', 'cron job'],
  ['hdb_catalog', 'event_log', 'id trigger_name payload delivered', 'queue'],
  ['hdb_catalog', 'hdb_cron_events', 'id scheduled_time status tries', 'queue'],
  ['hdb_catalog', 'event_invocation_logs', 'id event_id status request', 'queue'],
  ['graphile_worker', 'jobs', 'id queue_name task_identifier payload run_at attempts', 'queue'],
];
for (const [schema, name, columns, kind] of works) {
  test(`${schema}.${name} (${columns}) is ${kind ?? 'nobody’s queue'}`, () => {
    assert.equal(knownWork({ schema, name, columns: columns.split(' ') }), kind);
  });
}
