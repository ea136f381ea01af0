import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throughProxy } from '../../src/operations/command-environment.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';

const real: ConnectionFacts = {
  host: 'db.example',
  port: 5432,
  database: 'shop',
  user: 'app',
  password: new Secret('s3cr3t-pass'),
  sslmode: 'require',
};
const proxy: ConnectionFacts = {
  ...real,
  host: '127.0.0.1',
  port: 4711,
  password: new Secret('once'),
  sslmode: 'disable',
};

test('every way to the database in the environment leads through the proxy or is left out', () => {
  const given = {
    OTHER_URL: 'postgres://app:s3cr3t-pass@db.example/shop?sslmode=require',
    ANALYTICS_URL: 'postgres://app:other@db.example/analytics',
    DB_PASSWORD: 's3cr3t-pass',
    CONFIG: '{"password":"s3cr3t-pass"}',
    PATH: '/usr/bin',
    EMPTY: undefined,
  };
  assert.deepEqual(throughProxy(given, real, proxy), {
    OTHER_URL: 'postgresql://app:once@127.0.0.1:4711/shop?sslmode=disable',
    ANALYTICS_URL: given.ANALYTICS_URL,
    DB_PASSWORD: 'once',
    PATH: '/usr/bin',
  });
});

test('a password that is no secret takes nothing away', () => {
  const known = { ...real, user: 'postgres', password: new Secret('postgres') };
  const given = { PATH: '/usr/lib/postgresql/18/bin', POSTGRES_USER: 'postgres' };
  assert.deepEqual(throughProxy(given, known, proxy), given);
});
