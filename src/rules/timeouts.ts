import type { Session, Setting } from './context.ts';

/** The timeouts that end a statement while it waits or works. */
export type Timeout = 'lock_timeout' | 'statement_timeout';

/** The setting, when the file has set it to something that ends statements: 0 switches a timeout off (documentation 20.11). */
export function timeoutInForce({ settings }: Session, name: Timeout): Setting | undefined {
  const setting = settings.get(name);
  return setting === undefined || Number.parseFloat(setting.value) === 0 ? undefined : setting;
}

export function isInForce(session: Session, name: Timeout): boolean {
  return timeoutInForce(session, name) !== undefined;
}
