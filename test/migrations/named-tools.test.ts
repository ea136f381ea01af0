import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atlas } from '../../src/migrations/atlas.ts';
import { diesel } from '../../src/migrations/diesel.ts';
import { flyway } from '../../src/migrations/flyway.ts';
import { golangMigrate } from '../../src/migrations/golang-migrate.ts';
import { hasura } from '../../src/migrations/hasura.ts';
import { sqlx } from '../../src/migrations/sqlx.ts';
import { supabase } from '../../src/migrations/supabase.ts';
import { listed, ordered, refused, sameVersion, sent } from './tools.ts';

ordered(
  golangMigrate,
  {
    '000010_b.up.sql': '',
    '000010_b.down.sql': '',
    '9_a.up.sql': '',
    '11_c.down.sql': '',
    '12.up.sql': '',
    'x.go': '',
  },
  [
    ['9', '9_a.up.sql'],
    ['10', '000010_b.up.sql'],
  ],
);
sameVersion(golangMigrate, { '1_a.up.sql': '', '01_b.up.sql': '' }, ['01_b.up.sql', '1_a.up.sql']);
sent(golangMigrate, '1_a.up.sql', [['create index concurrently on a (i);', 'implicit']]);

test('golang-migrate: the down file belongs to the up file', async () => {
  const [one] = await listed(golangMigrate, { '01_a.up.sql': 'select 1;', '1_a.down.sql': 'select 2;' });
  assert.equal(one?.down?.text, 'select 2;');
});

ordered(sqlx, { '2_b.sql': '', '1_a.up.sql': '', '1_a.down.sql': '', '0_none.sql': '', 'a_b.sql': '' }, [
  ['1', '1_a.up.sql'],
  ['2', '2_b.sql'],
]);
sent(sqlx, '1_a.sql', [
  ['select 1;', 'file'],
  ['-- no-transaction\nselect 1;', 'implicit'],
  ['\n-- no-transaction\nselect 1;', 'file'],
  ['\uFEFF-- no-transaction\nselect 1;', 'file'],
]);

ordered(
  diesel,
  {
    '2024-01-02-000000_b/up.sql': '',
    '2024-01-02-000000_b/down.sql': '',
    '00000000000000_initial/up.sql': '',
    '2024-01-03-000000_c/down.sql': '',
  },
  [
    ['00000000000000', '00000000000000_initial/up.sql'],
    ['20240102000000', '2024-01-02-000000_b/up.sql'],
  ],
);

test('diesel: metadata.toml beside it switches the transaction off', async () => {
  const list = await listed(diesel, {
    '1_a/up.sql': 'select 1;',
    '1_a/metadata.toml': 'run_in_transaction = true\n',
    '2_b/up.sql': 'create index concurrently on a (i);',
    '2_b/metadata.toml': '# for the index\nrun_in_transaction = false\n',
    '3_c/up.sql': 'select 3;',
  });
  assert.deepEqual(
    list.map(({ transaction }) => transaction),
    ['file', 'implicit', 'file'],
  );
});

ordered(
  flyway,
  {
    'V10__d.sql': '',
    'V2__b.sql': '',
    'V2.1__c.sql': '',
    'V01_1__a.sql': '',
    'R__b_view.sql': '',
    'R__a_view.sql': '',
    'U2__b.sql': '',
    'v1__small.sql': '',
    'sub/V3__n.sql': '',
    'V4_no_name.sql': '',
    'afterMigrate.sql': '',
  },
  [
    ['1.1', 'V01_1__a.sql'],
    ['2', 'V2__b.sql'],
    ['2.1', 'V2.1__c.sql'],
    ['3', 'sub/V3__n.sql'],
    ['10', 'V10__d.sql'],
    ['R__a_view', 'R__a_view.sql'],
    ['R__b_view', 'R__b_view.sql'],
  ],
);
sameVersion(flyway, { 'V1.0__a.sql': '', 'V01__b.sql': '' }, ['V01__b.sql', 'V1.0__a.sql']);
sent(flyway, 'V1__a.sql', [
  ['create table a (i int);', 'file'],
  ['create index concurrently a_i on a (i);', 'none'],
  ['-- why\nCREATE UNIQUE INDEX CONCURRENTLY a_i ON a (i); DROP INDEX CONCURRENTLY b;', 'none'],
  ['create table a (i int); create index concurrently a_i on a (i);', 'file'],
  ['alter table a detach partition b concurrently;', 'file'],
  ['reindex index concurrently a_i;', 'file'],
  ['create index concurrently a_i on {{ schema }}.a (i);', 'none'],
  ['vacuum a;', 'none'],
  ["comment on table a is 'vacuum it';", 'file'],
  ['create index concurrently {{ x }} on (;', 'file'],
]);

test('flyway: script configuration, undo, repeatable', async () => {
  const list = await listed(flyway, {
    'V1__a.sql': 'select 1;',
    'V1__a.sql.conf': 'executeInTransaction=false\n',
    'V2__b.sql': 'select 2;',
    'V2__b.sql.conf': '# executeInTransaction=false\nencoding=UTF-8\n',
    'U2__b.sql': 'select -2;',
    'R__v.sql': 'create or replace view v as select 1;',
  });
  assert.deepEqual(
    list.map(({ transaction, down, repeatable }) => [transaction, down?.text, repeatable === true]),
    [
      ['none', undefined, false],
      ['file', 'select -2;', false],
      ['file', undefined, true],
    ],
  );
});

ordered(supabase, { '20240102000000_b.sql': '', '20240101000000_a.sql': '', 'x.sql': '' }, [
  ['20240101000000', '20240101000000_a.sql'],
  ['20240102000000', '20240102000000_b.sql'],
]);
sent(supabase, '1_a.sql', [
  ['create table a (i int);', 'file'],
  ['create index concurrently a_i on a (i);', 'none'],
  ['drop index concurrently if exists a_i; alter table a add b int;', 'none'],
  ['alter table a detach partition b concurrently;', 'file'],
]);

ordered(
  hasura,
  { '20_b/up.sql': '', '9_a/up.sql': '', '9_a/down.sql': '', '30_c/up.yaml': '', 'notes.sql': '' },
  [
    ['9', '9_a/up.sql'],
    ['20', '20_b/up.sql'],
  ],
);

ordered(
  atlas,
  {
    '20240102.sql': '',
    '20240101_b_c.sql': '',
    '20240103_all.sql': '-- atlas:checkpoint\n\nselect 1;',
    'sub/1.sql': '',
    'atlas.sum': '',
  },
  [
    ['20240101', '20240101_b_c.sql'],
    ['20240102', '20240102.sql'],
  ],
);
sent(atlas, '1.sql', [
  ['select 1;', 'file'],
  ['-- atlas:txmode none\n\nselect 1;', 'none'],
  ['-- a note\n-- atlas:txmode none\n\nselect 1;', 'none'],
  ['-- atlas:txmode none\nselect 1;', 'file'],
  ['select 1;\n-- atlas:txmode none\n\n', 'file'],
  ['-- atlas:txmode none', 'none'],
]);
refused(atlas, '1.sql', [
  ['another mode', '-- atlas:txmode all\n\nselect 1;', /one txmode/],
  ['two modes', '-- atlas:txmode none\n-- atlas:txmode file\n\nselect 1;', /one txmode/],
]);
