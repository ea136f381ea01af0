import { parentPort, workerData } from 'node:worker_threads';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';
import { sqlMigrations } from '../support/migrations.ts';
import { rehearsed } from './support.ts';

/** Run as a worker with a heap of its own: rehearses one migration and posts the result. */
type Task = {
  readonly facts: Omit<ConnectionFacts, 'password'>;
  readonly password: string;
  readonly text: string;
};
const { facts, password, text } = workerData as Task;
const open = { ...facts, password: new Secret(password) };
parentPort?.postMessage(await rehearsed(open, await sqlMigrations(text)));
