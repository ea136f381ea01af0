import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { UserError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { derivedBytes } from './keys.ts';

/** First 16 hexadecimal digits of the SHA-256 of a public key (SubjectPublicKeyInfo, DER). */
export function signerOf(publicKey: KeyObject): string {
  return createHash('sha256').update(spki(publicKey)).digest('hex').slice(0, 16);
}

const spki = (publicKey: KeyObject): Buffer => publicKey.export({ format: 'der', type: 'spki' });

/** The public half as the policy has it: base64 of SubjectPublicKeyInfo, DER. */
export function publicKeyText(privateKey: KeyObject): string {
  return spki(createPublicKey(privateKey)).toString('base64');
}

/** Undefined for what is no Ed25519 public key in base64. */
export function readPublicKey(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** PKCS #8 of an Ed25519 key, up to its 32 bytes (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The key that attestations are signed with: the one given (PULLGRES_SIGNING_KEY: PKCS #8 as PEM, or its DER in base64),
 * else one that the masking key gives, always the same.
 * @throws UserError when the given one is no Ed25519 private key. It is never in the message.
 */
export function signingKey(keys: { readonly given: Secret | undefined; readonly master: Secret }): KeyObject {
  if (keys.given) return readPrivateKey(keys.given);
  const seed = derivedBytes(keys.master, 'signing key 1');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function readPrivateKey(given: Secret): KeyObject {
  const text = given.reveal().trim();
  let key: KeyObject;
  try {
    key = text.includes('-----BEGIN')
      ? createPrivateKey(text)
      : createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    // The cause is left out: it is about a secret.
    throw notEd25519();
  }
  requireEd25519(key);
  return key;
}

/** Throws UserError for any other key. */
export function requireEd25519(key: KeyObject): void {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519') throw notEd25519();
}

function notEd25519(): UserError {
  return new UserError('PULLGRES_SIGNING_KEY is no Ed25519 private key.', {
    hint: 'Make one by `openssl genpkey -algorithm ed25519` (PEM, without a passphrase), or leave it out: then the masking key gives one.',
  });
}

/** A fresh masking key, and the public key that belongs into the policy. `random`: so many bytes of a strong generator. */
export function makeKeys(random: (bytes: number) => Uint8Array): {
  readonly maskKey: Secret;
  readonly publicKey: string;
} {
  const maskKey = new Secret(Buffer.from(random(32)).toString('base64url'));
  return { maskKey, publicKey: publicKeyText(signingKey({ given: undefined, master: maskKey })) };
}
