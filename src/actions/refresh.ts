import * as z from 'zod';
import { type RefreshedHere, refreshHere } from '../operations/refresh-here.ts';
import { path, secret, text, wholeNumber } from '../runner/input-blocks.ts';
import type { World } from '../runner/world.ts';
import { readInputs } from './inputs.ts';
import { evidenceOutput } from './outputs.ts';

const inputs = z.strictObject({
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner's own expression, as action.yml has it
  'github-token': secret({ default: '${{ github.token }}' }).describe(
    'Token that opens or updates one issue when the drill fails and the policy asks for it (`issues: write`). Nothing else needs it.',
  ),
  name: text({ required: true }).describe(
    'Name of the baseline, as branches ask for it: lower-case letters, digits and hyphens.',
  ),
  'source-url': secret().describe(
    'URL of the source: a live database or a standby of it, with a role that may read everything (a secret). One of the three sources is needed.',
  ),
  'source-dump': text().describe(
    'A pg_dump file in custom format, or a directory of pg_dump, on this machine. It is restored into a server of this job alone.',
  ),
  'source-backup': text().describe(
    'A folder of pg_basebackup on this machine. It is started as a server of this job alone.',
  ),
  'source-database': text().describe(
    'Which database of `source-backup` is read. Needed only where the backup has several.',
  ),
  'server-url': secret({ required: true }).describe(
    'Admin URL of the Postgres server that holds the branches (a secret; its role needs CREATEDB, CREATEROLE and CREATE on its database).',
  ),
  'mask-key': secret({ required: true }).describe(
    'The masking key, 32 bytes or more, as `pullgres mask key` makes it (a secret).',
  ),
  'signing-key': secret().describe(
    'Ed25519 private key (PKCS8) that signs what was proved. Left out: one that the masking key gives.',
  ),
  profile: path().describe(
    "The masking profile, relative to the repository's root. Left out: the policy's `masking.profile`.",
  ),
  workers: wholeNumber({ min: 1, max: 64 }).describe(
    'Tables that are copied at once. Left out: as many as there are cores, at most 4.',
  ),
});

async function run(world: World): Promise<boolean> {
  const given = readInputs(world, inputs);
  const refreshed = await refreshHere(world, {
    token: given['github-token'],
    name: given.name,
    sourceUrl: given['source-url'],
    sourceDump: given['source-dump'],
    sourceBackup: given['source-backup'],
    sourceDatabase: given['source-database'],
    serverUrl: given['server-url'],
    maskKey: given['mask-key'],
    signingKey: given['signing-key'],
    profile: given.profile,
    workers: given.workers,
  });
  giveOutputs(world, refreshed);
  return refreshed.record.status === 'published';
}

function giveOutputs(world: World, { record, evidencePath }: RefreshedHere): void {
  const { status, baseline, tables, needles, drill } = record;
  world.output('status', status);
  world.output('baseline', baseline ?? '');
  world.output('rows', String(tables.reduce((sum, { copiedRows }) => sum + copiedRows, 0)));
  world.output('needles', String(needles));
  world.output('rpo-seconds', drill?.rpoSeconds == null ? '' : String(Math.round(drill.rpoSeconds)));
  world.output('rto-milliseconds', drill?.rtoMs == null ? '' : String(Math.round(drill.rtoMs)));
  world.output('evidence-path', evidencePath);
}

export const refreshAction = {
  inputs,
  outputs: {
    status:
      'published, refused (a check said no; nothing changed), or failed (it could not run; nothing changed).',
    baseline: 'Id of the version that was published, empty when none was.',
    rows: 'Number of rows that were copied.',
    needles: 'Number of real values that were sought in the result.',
    'rpo-seconds': 'Age of the newest data that a backup gave back; empty without one.',
    'rto-milliseconds': 'From the first byte of the backup to the first answer; empty without one.',
    ...evidenceOutput,
  },
  post: false,
  run,
};
