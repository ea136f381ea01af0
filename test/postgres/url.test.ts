import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl, libpqEnvironment, parseServerUrl } from '../../src/postgres/url.ts';
import { Secret } from '../../src/secret.ts';

type Plain = Omit<ConnectionFacts, 'password'> & { password: string };

const PLAIN: Plain = {
  host: 'db.example.com',
  port: 5432,
  database: 'shop',
  user: 'ann',
  password: 'pw',
  sslmode: 'prefer',
};

const READ: readonly (readonly [url: string, expected: Plain])[] = [
  ['postgresql://ann:pw@db.example.com:5432/shop', PLAIN],
  ['postgres://ann:pw@db.example.com/shop', PLAIN],
  ['  postgres://ann:pw@db.example.com/shop\n', PLAIN],
  ['postgres://ann:pw@db.example.com:6543/shop', { ...PLAIN, port: 6543 }],
  ['postgres://ann:pw@db.example.com', { ...PLAIN, database: 'ann' }],
  ['postgres://ann:pw@db.example.com/', { ...PLAIN, database: 'ann' }],
  ['postgres://ann@db.example.com/shop', { ...PLAIN, password: '' }],
  ['postgres://ann:p%40%3A%2F%3F%23%25w@db.example.com/shop', { ...PLAIN, password: 'p@:/?#%w' }],
  ['postgres://ann:a:b@db.example.com/shop', { ...PLAIN, password: 'a:b' }],
  [
    'postgres://a%20n@[::1]:5433/sh%2Fop',
    { ...PLAIN, user: 'a n', host: '::1', port: 5433, database: 'sh/op', password: '' },
  ],
  ['postgres://ann:pw@db.example.com/shop?sslmode=verify-full', { ...PLAIN, sslmode: 'verify-full' }],
  [
    'postgres://ann:pw@db.example.com/shop?sslmode=require&channel_binding=require&schema=public',
    { ...PLAIN, sslmode: 'require' },
  ],
  ['postgresql:///shop?host=/run/postgresql&user=ann&password=pw', { ...PLAIN, host: '/run/postgresql' }],
  ['postgresql://ann:pw@/shop?host=%2Ftmp%2Fa%20b&port=7000', { ...PLAIN, host: '/tmp/a b', port: 7000 }],
  ['postgresql://ann:pw@%2Frun%2Fpostgresql/shop', { ...PLAIN, host: '/run/postgresql' }],
  ['postgres://', { ...PLAIN, host: 'localhost', user: 'postgres', database: 'postgres', password: '' }],
];

function plain(facts: ConnectionFacts): Plain {
  return { ...facts, password: facts.password.reveal() };
}

test('a URL is read into its parts', () => {
  for (const [url, expected] of READ) assert.deepEqual(plain(parseServerUrl(new Secret(url))), expected, url);
});

test('what is read and written again stays the same', () => {
  for (const [, expected] of READ) {
    const facts = { ...expected, password: new Secret(expected.password) };
    assert.deepEqual(plain(parseServerUrl(connectionUrl(facts))), expected);
  }
});

test('a wrong URL is told of without any of its text', () => {
  const cases: readonly (readonly [url: string, what: RegExp])[] = [
    ['', /is empty/],
    ['host=db.example.com dbname=shop password=hunter2', /keyword form/],
    ['mysql://ann:hunter2@db.example.com/shop', /does not begin with/],
    ['POSTGRES://ann:hunter2@db.example.com/shop', /does not begin with/],
    ['ann:hunter2@db.example.com', /does not begin with/],
    ['postgres://ann:hunter2@b@db.example.com/shop', /special character/],
    ['postgres://ann:hunter2/b@db.example.com/shop', /special character/],
    ['postgres://ann:hunter2#b@db.example.com/shop', /special character/],
    ['postgres://ann:hunter2%zz@db.example.com/shop', /broken percent-encoding in its password/],
    ['postgres://ann:hunter2@db.example.com:port/shop', /port/],
    ['postgres://ann:hunter2@db.example.com:0/shop', /port/],
    ['postgres://ann:hunter2@db.example.com:65536/shop', /port/],
    ['postgres://ann:hunter2@db.example.com,other/shop', /several hosts/],
    ['postgres://ann:hunter2@db.example.com/shop?sslmode=verify', /sslmode/],
    ['postgres://ann:hunter2@db.example.com/shop?sslmode=verify-ca', /sslmode/],
    ['postgres://ann:hunter2@db.example.com/shop?options=-csearch_path%3Dx', /sets options/],
    ['postgres://ann:hunter2@db.example.com/shop?sslrootcert=/x', /sets sslrootcert/],
    ['postgres://ann:p?hunter2=@db.example.com/shop', /port|parameter|special/],
    ['postgres://db.example.com/shop?hunter2=db.example', /parameter that Pullgres does not know/],
    ['postgres://ann:hunter2%00@db.example.com/shop', /NUL/],
  ];
  for (const [url, what] of cases) {
    assert.throws(
      () => parseServerUrl(new Secret(url)),
      (error) => {
        assert(error instanceof UserError);
        assert.match(error.message, what);
        const all = `${error.message} ${error.hint} ${error.stack?.split('\n')[0]} ${error.cause}`;
        assert.doesNotMatch(all, /hunter2|db\.example/, url);
        return true;
      },
    );
  }
});

test('the environment of libpq and the drivers holds every part', () => {
  assert.deepEqual(libpqEnvironment({ ...PLAIN, password: new Secret('p w'), sslmode: 'disable' }), {
    PGHOST: 'db.example.com',
    PGPORT: '5432',
    PGDATABASE: 'shop',
    PGUSER: 'ann',
    PGPASSWORD: 'p w',
    PGSSLMODE: 'disable',
    DATABASE_URL: 'postgresql://ann:p%20w@db.example.com:5432/shop?sslmode=disable',
  });
});
