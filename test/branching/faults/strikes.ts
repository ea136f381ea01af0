import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../sql-conformance.ts';
import type { Struck } from './proxy.ts';
import type { Stage } from './stage.ts';

export const KINDS = [
  'kill our process',
  'cut the network',
  'silence the network',
  'lose one connection',
  'hold the answer back',
  'end the backend',
  'kill the backend',
  'kill the postmaster',
] as const;

export type Kind = (typeof KINDS)[number];

/** The whole cluster goes down with it, so no other trial may run beside it. */
export const CRASHES: ReadonlySet<Kind> = new Set(['kill the backend', 'kill the postmaster']);

const HELD_BACK_MS = 1_500;
/** As long as we let a process wait for a network that says nothing; then its connections end, as keepalive ends them. */
const SILENT_MS = 700;

export type Strike = (struck: Struck, stage: Stage, killProcess: () => Promise<void>) => Promise<void>;

export const STRIKES: Readonly<Record<Kind, Strike>> = {
  'kill our process': (_struck, _stage, killProcess) => killProcess(),
  'cut the network': async ({ cutAll }) => cutAll(),
  'silence the network': async ({ silence, cutAll }) => {
    silence();
    setTimeout(cutAll, SILENT_MS);
  },
  'lose one connection': async ({ cut }) => cut(),
  'hold the answer back': () => sleep(HELD_BACK_MS),
  'end the backend': async ({ processId }, { admin }) => {
    await ask(admin, `SELECT pg_terminate_backend(${processId})`);
  },
  'kill the backend': async ({ processId }) => {
    process.kill(processId, 'SIGKILL');
  },
  'kill the postmaster': (_struck, { server }) => server.killPostmaster(),
};
