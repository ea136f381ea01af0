import type { Migration } from '../migrations/migration.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import type { RehearsalRule } from '../rules/names.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import type { Finding } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import { locate } from '../sql/place.ts';
import type { Place } from '../sql/statement.ts';
import type { Down } from './down.ts';

type Words = {
  readonly rule: RehearsalRule;
  readonly message: string;
  readonly help: string;
  readonly place: Place;
};

/** Where the down part stands, or the file that has none. */
function placeOf({ path, text, up, down }: Migration, line?: number, column?: number): Place {
  const source = down ?? { path, text, ...up };
  const place = locate(Buffer.from(source.text)).place(source.path, source.startByte, source.startByte);
  if (line === undefined) return place;
  return { ...place, line, column: column ?? 1, endLine: line, endColumn: column ?? 1 };
}

function fails(migration: Migration, { problem, reason }: Down): Words {
  const what = problem?.message ?? reason ?? 'it was refused';
  const isUp =
    problem !== undefined && problem.file === migration.path && migration.down?.path !== migration.path;
  const place = isUp
    ? placeOf({ ...migration, down: undefined }, problem.line, problem.column)
    : placeOf(migration, problem?.line, problem?.column);
  return {
    rule: 'down-migration-fails',
    place,
    message: `The way back of ${code(migration.path)} is closed: ${what.replace(/\.$/, '')}.`,
    help: problem?.hint ?? 'Mend the down migration, or remove it and roll forward.',
  };
}

function differs(migration: Migration, { difference = [], reason }: Down): Words {
  const objects = difference.filter((line) => !/^[-+] /.test(line));
  const [first = 'the schema'] = objects;
  const more = objects.length > 1 ? `, and ${objects.length - 1} more` : '';
  const when = reason === undefined ? 'After up and down' : 'After up, down and up again';
  return {
    rule: 'down-migration-differs',
    place: placeOf(migration),
    message: `${when} of ${code(migration.path)} the schema is not as it was: ${code(first)}${more}.`,
    help: 'Let the down migration undo all that the migration does, and no more; the difference is listed with it.',
  };
}

function missing(migration: Migration): Words {
  return {
    rule: 'down-migration-missing',
    place: placeOf(migration),
    message: `${code(migration.path)} has no way back, and the policy asks for one.`,
    help: 'Write its down migration, or set rehearsal.down to try in the policy.',
  };
}

function wordsOf(migration: Migration, down: Down, isRequired: boolean): Words | undefined {
  if (down.status === 'failed') return fails(migration, down);
  if (down.status === 'differs') return differs(migration, down);
  return down.status === 'missing' && isRequired ? missing(migration) : undefined;
}

/** A finding for each migration whose way back is closed or leads elsewhere, and for each without one where the policy asks for it. */
export function downFindings(
  migrations: readonly Migration[],
  downs: readonly Down[],
  isRequired: boolean,
): Finding[] {
  return migrations.flatMap((migration, at) => {
    const down = downs[at];
    const words = down && wordsOf(migration, down, isRequired);
    if (words === undefined) return [];
    const { rule } = words;
    const severity = OTHER_NAMES[rule]?.severity ?? 'warning';
    const about = fingerprint(rule, undefined, migration.version, migration.path);
    return [
      { ...words, severity, relation: undefined, fix: [], evidence: 'observed' as const, fingerprint: about },
    ];
  });
}
