import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { RefreshRecord } from '../../src/evidence/refresh-schema.ts';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import { signingKey } from '../../src/masking/signing-key.ts';
import type { refresh } from '../../src/operations/refresh.ts';
import { buildMasked } from '../../src/operations/refresh-build.ts';
import { prepareRefresh } from '../../src/operations/refresh-plan.ts';
import { RefusedRefresh, refreshLog } from '../../src/operations/refresh-record.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { refreshTorture, tortureSource } from '../support/torture.ts';

type Change = (plan: MaskPlan) => MaskPlan;

/** A refresh whose masks are broken: in what the rows go through, and in what the proof is told of it. */
function mutated(load: Change, proof: Change): typeof refresh {
  return async (world, provider, wish, open) => {
    assert.ok(open);
    const log = refreshLog(wish.name, world.now().toISOString());
    const key = signingKey({ given: undefined, master: wish.maskKey });
    try {
      await open(world, wish, log, async (source) => {
        const sound = await prepareRefresh(world, { source, wish, log });
        let asked = 0;
        const prepared = {
          ...sound,
          // The first who asks is the load.
          get plan() {
            asked += 1;
            return asked === 1 ? load(sound.plan) : proof(sound.plan);
          },
        };
        await provider.refreshBaseline(
          wish.name,
          (site) => buildMasked(world, { source, wish, log, prepared, site, key }),
          { locale: sound.locale },
        );
      });
      return log.record('published');
    } catch (error) {
      if (error instanceof RefusedRefresh) return log.record('refused', error.message);
      throw error;
    }
  };
}

/** The plan with other SQL for the masks of these columns, by `table.column`. */
function broken(masks: Readonly<Record<string, (sql: string, own: string) => string>>): Change {
  return (plan) => ({
    ...plan,
    tables: new Map(
      [...plan.tables].map(([key, table]) => [
        key,
        {
          ...table,
          columns: table.columns.map(({ name, mask }) => {
            const change = masks[`${table.table.name}.${name}`];
            if (change === undefined || mask.kind !== 'masked') return { name, mask };
            return { name, mask: { ...mask, sql: change(mask.sql, identifier(name)) } };
          }),
        },
      ]),
    ),
  });
}

const nothing = (_sql: string, own: string): string => own;
const lower = (_sql: string, own: string): string => `lower(${own})`;
const upper = (_sql: string, own: string): string => `upper(${own})`;
const oneInHundred = (sql: string, own: string): string =>
  `CASE WHEN id % 100 = 1 THEN ${own} ELSE ${sql} END`;

const MASKS = {
  'users.email': (sql: string, own: string): string =>
    `CASE WHEN id % 100 = 1 THEN ${own} ELSE (${sql})::text::public.mail END`,
  'users.backup_email': upper,
  'users.first_name': nothing,
  'users.last_name': oneInHundred,
  'users.nickname': nothing,
  'users.phone': nothing,
  'users.tax_id': oneInHundred,
  'users.password_digest': nothing,
  'users.addresses': nothing,
  'users.settings': nothing,
  'users.profile': nothing,
  'users.raw_event': nothing,
  'users.ip': nothing,
  'users.device': nothing,
  'users.photo': nothing,
  'users.born': nothing,
  'Order "Items".e-mail': lower,
  'Order "Items".note\\raw': nothing,
  'Order "Items".amount': nothing,
  'shipments.recipient': nothing,
  'employees.name': lower,
  'employees.salary': nothing,
  'left_side.label': nothing,
  'bookings.guest': nothing,
  'events_rest.who': nothing,
  'events_rest.payload': nothing,
  'regions_north.contact': nothing,
  'people.name': nothing,
  'staff.badge': nothing,
  'carts.owner_email': nothing,
  'carts.items': nothing,
  'secrets_of_tenants.note': nothing,
  'Kunden.Straße': nothing,
  'Kunden.Telefon': nothing,
  'Kunden.Größe': nothing,
} as const;

const same: Change = (plan) => plan;
/** Short codes, dates and numbers: no search can tell a real one from another. */
const UNSEARCHED = new Set([
  'users.born',
  'employees.salary',
  'staff.badge',
  'Kunden.Größe',
  'Order "Items".amount',
  'users.last_name',
  'users.first_name',
  'users.nickname',
  'carts.items',
  'events_rest.who',
]);
/** Without a key a row that differs cannot be found again, so that its table alone is told. */
const WITHOUT_KEY = new Set(['bookings.guest', 'regions_north.contact', 'staff.badge']);
/** A constant in place of a value: `set` is a person's own word. */
const CONSTANT = new Set(['users.password_digest']);

/** Where the checks that failed say that something is wrong. */
function placesOf({ checks }: RefreshRecord, ...names: readonly string[]): readonly string[] {
  return checks
    .filter(({ name, status }) => names.includes(name) && status === 'failed')
    .flatMap(({ problems }) => problems.map(({ where }) => where));
}

/** Refreshes with all masks broken in what the rows go through, and gives what became of it. */
async function refused(proof: Change): Promise<RefreshRecord> {
  const source = await tortureSource('small');
  const { record } = await refreshTorture({ source, refresh: mutated(broken(MASKS), proof) });
  assert.equal(record.status, 'refused');
  return record;
}

describe('a broken mask, when the rows go through another mask than the plan says', () => {
  let record: RefreshRecord;
  before(async () => {
    record = await refused(same);
  });
  for (const column of Object.keys(MASKS)) {
    it(`${column}: the rows are not those that the plan makes`, () => {
      const wanted = WITHOUT_KEY.has(column) ? column.slice(0, column.indexOf('.')) : column;
      const places = placesOf(record, 'rows');
      assert.ok(
        places.some((where) => where.endsWith(`.${wanted}`)),
        JSON.stringify(places),
      );
    });
    if (UNSEARCHED.has(column)) continue;
    it(`${column}: real values are found`, () => {
      const places = placesOf(record, 'bytes', 'overlap');
      assert.ok(
        places.some((where) => where.includes(`.${column}`)),
        JSON.stringify(places),
      );
    });
  }
});

describe('a broken mask, when the plan itself has it', () => {
  let record: RefreshRecord;
  before(async () => {
    record = await refused(broken(MASKS));
  });
  it('rows are what the plan makes of them', () => assert.deepEqual(placesOf(record, 'rows'), []));
  for (const column of Object.keys(MASKS).filter((each) => !CONSTANT.has(each))) {
    it(column, () => {
      const places = placesOf(record, 'masks');
      assert.ok(
        places.some((where) => where.includes(`.${column}`)),
        JSON.stringify(places),
      );
    });
  }
});
