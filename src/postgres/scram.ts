import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** What Postgres itself takes (docs: scram_iterations), and its salt's length in bytes. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * The SCRAM-SHA-256 verifier that Postgres stores (RFC 5803, pg_authid.rolpassword), to be sent in place of the
 * password: then neither a log nor pg_stat_statements ever holds the clear text. `salt` is for tests.
 * Throws UserError for an empty password or one with characters that SASLprep (RFC 4013) would change or forbid.
 */
export function scramVerifier(password: Secret, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const text = password.reveal();
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new UserError('A password for a database role must be of one or more printable ASCII characters.', {
      hint: 'Other characters are normalised differently by different drivers; choose a longer ASCII password.',
    });
  }
  const salted = pbkdf2Sync(text, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
