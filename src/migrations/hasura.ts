import { mentioned } from './manifest.ts';
import type { MigrationTool, Refusal } from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { byNumber, sqlFiles, wholeUp } from './sql-files.ts';

/**
 * What was applied stands in the metadata of the Hasura server (`cli_state`, in its catalogue hdb_catalog, which may lie
 * in another database), and the server alone makes and changes that: a catalogue that another program made would not be
 * one that the server takes for its own.
 */
const NO_HISTORY: Refusal = obstacleOf(
  'Hasura keeps what was applied in the metadata of its own server, which Pullgres cannot write.',
  'Judge the migrations with `pullgres lint` alone, and set required: [lint] in the policy',
);

const files = sqlFiles({
  name: 'hasura',
  directories: ['migrations/default', 'hasura/migrations/default', 'migrations', 'hasura/migrations'],
  named: (relative) => {
    const [, folder, version, direction] = /^((\d+)_[^/]*)\/(up|down)\.sql$/.exec(relative) ?? [];
    if (folder === undefined || version === undefined) return undefined;
    return {
      version: String(BigInt(version)),
      name: folder,
      direction: direction === 'down' ? 'down' : 'up',
    };
  },
  order: (a, b) => byNumber(a.version, b.version),
  read: (source) => wholeUp(source, 'file'),
  fits: ({ tree, directory }) =>
    mentioned(tree, directory, 'config.yaml', /^(metadata_directory|migrations_directory|endpoint)\s*:/m),
});

/**
 * https://hasura.io/docs, "Manage migrations": `1654696186008_name/up.sql` and `down.sql`, in a folder for each database
 * (`migrations/default`; config v2 without it). The server runs each file as one message in a transaction (run_sql), and
 * no file can leave it (hasura/graphql-engine, issue 2939). A config.yaml above the folder names it.
 */
export const hasura: MigrationTool = { ...files, obstacle: async () => NO_HISTORY };
