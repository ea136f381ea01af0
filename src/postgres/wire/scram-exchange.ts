import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../secret.ts';
import { ProtocolError } from './framing.ts';

const derive = promisify(pbkdf2);
const MECHANISM = 'SCRAM-SHA-256';
/** A server that asks for more wants to keep us busy. */
const MOST_ITERATIONS = 1_000_000;

/** What of SASLprep (RFC 4013) changes a password: spaces, characters mapped to nothing, NFKC. Prohibitions are left to the server. */
function prepare(password: string): string {
  return password
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
    .replaceAll(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '')
    .normalize('NFKC');
}

function attributes(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The client's side of SCRAM-SHA-256 without channel binding (RFC 5802, docs 53.3.1). */
export type ScramExchange = {
  readonly mechanism: string;
  readonly first: string;
  /** The client's last word to the server's first one. Throws ProtocolError. */
  readonly answer: (serverFirst: string) => Promise<string>;
  /** Throws ProtocolError when the server does not know the password itself. */
  readonly verify: (serverFinal: string) => void;
};

export function startScram(password: Secret, offered: readonly string[]): ScramExchange {
  if (!offered.includes(MECHANISM)) throw new ProtocolError(`SASL: the server does not offer ${MECHANISM}.`);
  const nonce = randomBytes(18).toString('base64');
  const bare = `n=*,r=${nonce}`;
  let expected: Buffer = Buffer.alloc(0);
  return {
    mechanism: MECHANISM,
    first: `n,,${bare}`,
    answer: async (serverFirst) => {
      const given = attributes(serverFirst);
      const [theirs = '', iterations] = [given.get('r'), Number(given.get('i'))];
      const isSane = Number.isInteger(iterations) && iterations > 0 && iterations <= MOST_ITERATIONS;
      if (!theirs.startsWith(nonce) || theirs === nonce || !isSane)
        throw new ProtocolError('SASL: the server’s first message cannot be.');
      const salt = Buffer.from(given.get('s') ?? '', 'base64');
      const salted = await derive(prepare(password.reveal()), salt, iterations, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const withoutProof = `c=biws,r=${theirs}`;
      const all = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(createHash('sha256').update(clientKey).digest(), all);
      expected = hmac(hmac(salted, 'Server Key'), all);
      const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
      return `${withoutProof},p=${proof.toString('base64')}`;
    },
    verify: (serverFinal) => {
      const proof = Buffer.from(attributes(serverFinal).get('v') ?? '', 'base64');
      if (proof.length !== expected.length || !timingSafeEqual(proof, expected))
        throw new ProtocolError('SASL: the server does not prove that it knows the password.');
    },
  };
}
