const LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/\.[cm]?[jt]sx?$/i, 'JavaScript or TypeScript'],
  [/\.go$/i, 'Go'],
  [/\.py$/i, 'Python'],
  [/\.rb$/i, 'Ruby'],
  [/\.(?:java|kts?|groovy|scala)$/i, 'Java, Kotlin, Groovy or Scala'],
  [/\.php$/i, 'PHP'],
  [/\.(?:cs|fs|vb)$/i, 'C#, F# or Visual Basic'],
  [/\.exs?$/i, 'Elixir'],
  [/\.rs$/i, 'Rust'],
];

/** The programming language that a file's name tells of, as a sentence names it. */
export function languageOf(path: string): string | undefined {
  return LANGUAGES.find(([ending]) => ending.test(path))?.[1];
}

type Place = {
  readonly path: RegExp;
  /** What the text of such a file holds, where its place alone does not tell. */
  readonly holds?: RegExp;
};

/** Where the tools of src/migrations/code-tools.ts keep their migrations, by their documentation. */
const PLACES: readonly Place[] = [
  // Rails, with a folder for each database.
  { path: /(?:^|\/)db\/(?:\w+_)?migrate\/(?:.*\/)?\d+_[^/]*\.rb$/ },
  // Django numbers its files; one with another name says what it is.
  { path: /(?:^|\/)migrations\/\d{4}_\w+\.py$/ },
  { path: /(?:^|\/)migrations\/[^/]+\.py$/, holds: /\bmigrations\.Migration\b/ },
  { path: /(?:^|\/)[^/]+\.py$/, holds: /^down_revision\b/m },
  // Knex, Sequelize, TypeORM, MikroORM, Kysely, node-pg-migrate.
  { path: /(?:^|\/)migrations?\/(?:.*\/)?(?:\d|Migration\d)[^/]*\.[cm]?[jt]s$/, holds: /\bup\b/ },
  {
    path: /(?:^|\/)migrations?\/(?:.*\/)?[^/]*\.[cm]?[jt]s$/,
    holds:
      /\bMigrationInterface\b|\bqueryInterface\b|\bMigrationBuilder\b|@mikro-orm\/migrations|(?:^|\bexports?\b[^\n]*)\bup\b[^\n]*\b(?:knex|pgm|Kysely|sequelize)\b/im,
  },
  { path: /(?:^|\/)database\/migrations\/(?:.*\/)?[^/]+\.php$/ },
  { path: /(?:^|\/)migrations\/(?:.*\/)?Version\d+\.php$/i },
  { path: /(?:^|\/)priv\/[^/]+\/migrations\/(?:.*\/)?[^/]+\.exs$/ },
  { path: /(?:^|\/)Migrations\/(?:.*\/)?\d+_[^/]+\.cs$/ },
  { path: /(?:^|\/)m\d{8}_\d+_[^/]+\.rs$/ },
  { path: /(?:^|\/)migrations?\/\d+_[^/]*\.go$/ },
  { path: /(?:^|\/)db\/migration\/(?:.*\/)?[VUR][^/]*__[^/]*\.(?:java|kt|groovy|scala)$/ },
];

/** Whether a file is a migration of one of these tools; what cannot be read is taken for one where its place fits. */
export async function codeMigration(
  path: string,
  textOf: (path: string) => Promise<string | undefined>,
): Promise<boolean> {
  for (const place of PLACES) {
    if (!place.path.test(path)) continue;
    if (place.holds === undefined) return true;
    const text = await textOf(path);
    if (text === undefined || place.holds.test(text)) return true;
  }
  return false;
}
