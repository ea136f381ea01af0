import type { TransactionModel } from './transaction-models.ts';

const IN_MIGRATION = "`SET LOCAL lock_timeout = '2s'` as the first statement of the migration";

/** Tools whose migrations are code. Their SQL is judged when it is given to `pullgres lint --tool NAME`. */
export const codeTools = {
  rails: {
    title: 'Rails (Active Record)',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    beside:
      "A second connection holds an advisory lock from begin to end. Both set `client_min_messages` to warning. The version is noted in the migration's own transaction; without one, in a transaction after it.",
    leaves: { by: 'directive', directive: 'disable_ddl_transaction!', where: 'in its class' },
    timeouts: '`variables: { lock_timeout: 2s }` of the connection in database.yml.',
    sql: "Lines of the log are not SQL. On an empty database, with this line in an initializer, `rails db:migrate` writes the SQL to up.sql: `ActiveSupport::Notifications.subscribe('sql.active_record') { |event| File.write('up.sql', \"#{event.payload[:sql]};\\n\", mode: 'a') unless event.payload[:name] }` (tried with Active Record 6.1)",
    known: 'Log of a server under Active Record 6.1.7.',
  },
  django: {
    title: 'Django',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    beside:
      "No lock keeps two runs apart. A foreign key whose column changes is dropped, behind a `SET CONSTRAINTS` in the same message, and made again, which scans the table. A column's default is dropped as soon as the column is there. The migration is noted in its own transaction; without one, by itself after it.",
    leaves: { by: 'directive', directive: 'atomic = False', where: 'in its Migration class' },
    timeouts: "`'OPTIONS': {'options': '-c lock_timeout=2s'}` of the database that migrates.",
    sql: '`python manage.py sqlmigrate APP MIGRATION`',
    printed: /^--\n-- .*\n--$/m,
    known: 'Log of a server under Django 3.2.25.',
  },
  alembic: {
    title: 'Alembic',
    transaction: 'file',
    sends:
      'All pending migrations in one transaction; with `transaction_per_migration=True` each in its own.',
    beside:
      'No lock keeps two runs apart. `autocommit_block` commits what came before it, so what fails in it leaves that applied and not noted. Before the first migration come transactions that only read and are rolled back.',
    leaves: {
      by: 'directive',
      directive: 'with op.get_context().autocommit_block():',
      where: 'around it',
    },
    timeouts: '`connect_args={"options": "-c lock_timeout=2s"}` of the engine in env.py.',
    sql: '`alembic upgrade FROM:TO --sql`',
    printed: /^-- Running (up|down)grade /m,
    known: 'Log of a server under Alembic 1.8.1.',
  },
  knex: {
    title: 'Knex',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    beside:
      'A row of knex_migrations_lock keeps two runs apart; a run that is killed leaves it set, until `knex migrate:unlock`. The migration is noted by itself after its COMMIT.',
    leaves: {
      by: 'directive',
      directive: 'exports.config = { transaction: false }',
      where: 'in its file',
    },
    timeouts: `\`connection: { options: '-c lock_timeout=2s' }\` in the knexfile, or ${IN_MIGRATION}.`,
    sql: "Lines of the log are not SQL. On an empty database, a script prints it: `const knex = require('knex')(require('./knexfile')); knex.on('query', ({ sql }) => /knex_migrations|information_schema|^(BEGIN|COMMIT);/.test(sql) || console.log(sql + ';')); knex.migrate.latest().finally(() => knex.destroy());` (tried with 3.3.0; in a knexfile with several environments, name one)",
    known: 'Log of a server under knex 3.3.0.',
  },
  sequelize: {
    title: 'Sequelize',
    transaction: 'none',
    sends: 'Each statement by itself, unless the migration opens a transaction and hands it on.',
    beside:
      'No lock keeps two runs apart. `changeColumn` sends several ALTER TABLE as one message. The migration is noted by itself after it. Each run begins with a connection that only reads the types.',
    leaves: {
      by: 'standing alone',
      because: 'a statement that is not given the option `transaction` is in none',
    },
    timeouts: "`dialectOptions: { options: '-c lock_timeout=2s' }`.",
    sql: "Lines of the log are not SQL. On an empty database, with this option in the configuration, a JavaScript file, `sequelize db:migrate` writes the SQL to up.sql: `logging: (text) => /SequelizeMeta|SELECT 1\\+1|information_schema/.test(text) || require('fs').appendFileSync('up.sql', text.replace(/^Executing \\(.*?\\): /, '').replace(/;?$/, ';\\n'))` (tried with sequelize 6.37.8 and sequelize-cli 6.6.5)",
    known: 'Log of a server under sequelize 6.37.8 and sequelize-cli.',
  },
  typeorm: {
    title: 'TypeORM',
    transaction: 'file',
    sends: 'All pending migrations in one transaction; `--transaction each` or `none` changes it.',
    beside:
      'No lock keeps two runs apart. `migration:revert` does not ask for `transaction = false`: a `down` with CONCURRENTLY is refused without `--transaction none`. `addColumn` and its like read information_schema first, and the note is part of the transaction.',
    leaves: {
      by: 'directive',
      directive: 'transaction = false',
      where: 'in its class, with `--transaction each`',
    },
    timeouts: "`extra: { options: '-c lock_timeout=2s' }` of the data source.",
    sql: 'The strings given to `queryRunner.query` are the SQL.',
    known: 'Log of a server under typeorm 1.1.1; its migration/MigrationExecutor.js.',
  },
  'mikro-orm': {
    title: 'MikroORM',
    transaction: 'file',
    sends: 'All pending migrations in one transaction (`allOrNothing`).',
    leaves: {
      by: 'directive',
      directive: 'isTransactional(): boolean { return false; }',
      where: 'in its class, with `allOrNothing: false`',
    },
    timeouts: `\`driverOptions: { options: '-c lock_timeout=2s' }\`, or ${IN_MIGRATION}.`,
    sql: 'The strings given to `addSql` are the SQL.',
    known: '@mikro-orm/migrations 7.2.1, MigrationRunner.js, and the defaults of @mikro-orm/core.',
  },
  kysely: {
    title: 'Kysely',
    transaction: 'file',
    sends: 'All pending migrations in one transaction; `disableTransactions` sends each statement by itself.',
    leaves: {
      by: 'directive',
      directive: 'disableTransactions: true',
      where: 'among the options of the migrator, in a run of its own',
    },
    timeouts: `\`options: '-c lock_timeout=2s'\` of the pool, or ${IN_MIGRATION}.`,
    sql: "On an empty database, this option of Kysely prints it: `log: ({ query: { sql } }) => /kysely_migration|pg_catalog|pg_advisory|^(begin|commit)$/.test(sql) || console.log(sql + ';')` (tried with 0.29.9)",
    known: 'kysely 0.29.9, migration/migrator.js.',
  },
  'sea-orm': {
    title: 'SeaORM',
    transaction: 'file',
    sends: 'Each migration in a transaction; before 2.0 all pending ones in one.',
    leaves: {
      by: 'directive',
      directive: 'fn use_transaction(&self) -> Option<bool> { Some(false) }',
      where: 'in its MigrationTrait',
    },
    timeouts: `\`options[lock_timeout]=2s\` among the parameters of DATABASE_URL, or ${IN_MIGRATION}.`,
    sql: 'The log of the migrator with `RUST_LOG=sqlx::query=debug`, on an empty database. Its lines are not SQL: take each statement out of its entry and end it with a semicolon.',
    known: 'Notes of release 2.0 (pull request 2980).',
  },
  ecto: {
    title: 'Ecto',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    leaves: {
      by: 'directive',
      directive: '@disable_ddl_transaction true',
      where: 'in its module, with `@disable_migration_lock true`',
    },
    timeouts: '`parameters: [lock_timeout: "2s"]` of the repository, or the `after_begin` callback.',
    sql: 'The log of `mix ecto.migrate --log-migrations-sql`, on an empty database. It is not SQL as it stands: take out the statements, which stand below the lines `QUERY OK`, without the ` []` behind them, and end each with a semicolon.',
    known: 'Documentation of Ecto.Migration.',
  },
  laravel: {
    title: 'Laravel',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    leaves: { by: 'directive', directive: 'public $withinTransaction = false;', where: 'in its class' },
    timeouts: '`DB::statement("SET LOCAL lock_timeout = \'2s\'")` as the first line of `up`.',
    sql: '`php artisan migrate --pretend`',
    known: 'laravel/framework, Illuminate\\Database\\Migrations\\Migration.',
  },
  doctrine: {
    title: 'Doctrine Migrations',
    transaction: 'file',
    sends: 'Each migration in a transaction; with `all_or_nothing` all in one.',
    leaves: {
      by: 'directive',
      directive: 'public function isTransactional(): bool { return false; }',
      where: 'in its class',
    },
    timeouts: '`$this->addSql("SET LOCAL lock_timeout = \'2s\'")` as the first line of `up`.',
    sql: '`doctrine:migrations:migrate --write-sql`',
    known: 'Documentation of Doctrine Migrations, "Configuration" and "Migration Classes".',
  },
  'ef-core': {
    title: 'EF Core',
    transaction: 'file',
    sends: 'Each migration in a transaction.',
    leaves: {
      by: 'directive',
      directive: 'migrationBuilder.Sql("…", suppressTransaction: true)',
      where: 'in its `Up`',
    },
    timeouts: '`Options=-c lock_timeout=2s` in the connection string of Npgsql.',
    sql: '`dotnet ef migrations script FROM TO`',
    printed: /"__EFMigrationsHistory"/,
    known: 'Documentation of EF Core, MigrationBuilder.Sql.',
  },
} as const satisfies Record<string, TransactionModel>;
