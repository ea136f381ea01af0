/** Writes fixtures/events from test/support/events.ts: node scripts/event-fixtures.ts */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIXTURES } from '../test/support/event-fixtures.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'events');
for (const [name, [, , payload]] of Object.entries(FIXTURES)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(payload, null, 2)}\n`);
}
