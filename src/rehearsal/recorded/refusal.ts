import { ProviderError } from '../../errors.ts';
import type { Ending } from '../../postgres/wire/exchange.ts';
import { PassedOver } from '../../postgres/wire/injected.ts';
import { serverError } from '../../postgres/wire/server-fields.ts';

/** What a message's end means to whoever watches it: ServerError, PassedOver, or ProviderError when the session is lost. */
export function refusalOf(ending: Exclude<Ending, { kind: 'done' }>): Error {
  if (ending.kind === 'refused') return serverError(ending.fields);
  if (ending.kind === 'skipped') return new PassedOver('The server passed the message over.');
  return new ProviderError('The connection to the database was lost.', { status: '08006', retryable: true });
}
