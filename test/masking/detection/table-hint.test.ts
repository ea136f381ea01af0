import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeTableHint } from '../../../src/masking/detection/table-hint.ts';
import { sourceColumn, sourceTable, typeOfCategory } from '../../support/source-table.ts';

const EMPTIED = `audit_log audits user_audit audited_changes activity_log orders_history price_histories versions access_logs events_outbox
  outbox delayed_jobs failed_jobs job_queue sessions django_session user_sessions oauth_access_tokens oauth2_accesstoken
  refresh_tokens password_resets personal_access_tokens email_log notifications webhook_deliveries ahoy_events
  active_storage_blobs AuditLog oban_jobs que_jobs sent_emails`;
const KEPT = `orders users products catalog blog_posts blogs dialogs events training_sessions_types job_titles jobs_offered
  conversion_rates history_teachers login_methods tokens_of_love queue_settings customers message_templates`;

for (const name of EMPTIED.trim().split(/\s+/)) {
  test(`${name} should be empty`, () => assert.match(wholeTableHint(sourceTable(name, [])) ?? '', /\w+ \w+/));
}

for (const name of KEPT.trim().split(/\s+/)) {
  test(`${name} is a table like others`, () =>
    assert.equal(wholeTableHint(sourceTable(name, [])), undefined));
}

test('schemas of queues and services', () => {
  for (const schema of ['graphile_worker', 'pgboss', 'cron', 'vault', 'audit']) {
    assert.ok(wholeTableHint(sourceTable('whatever', [], { schema })));
  }
});

test('a row before and a row after a change make an audit trail, whatever it is called', () => {
  const json = typeOfCategory('json');
  const trail = [sourceColumn('table_name'), sourceColumn('old_data', json), sourceColumn('new_data', json)];
  assert.match(wholeTableHint(sourceTable('zz_x', trail)) ?? '', /before and the row after/);
  const other = [sourceColumn('relation'), sourceColumn('operation'), sourceColumn('document', json)];
  assert.match(wholeTableHint(sourceTable('zz_x', other)) ?? '', /other tables/);
  assert.equal(
    wholeTableHint(sourceTable('zz_x', [sourceColumn('old_data', json), sourceColumn('name')])),
    undefined,
  );
});
