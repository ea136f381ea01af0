import { randomBytes } from 'node:crypto';
import { makeKeys } from '../masking/signing-key.ts';

/** New keys, as `pullgres mask key` prints them: the text holds a secret. */
export function newKeysText(): string {
  const { maskKey, publicKey } = makeKeys(randomBytes);
  return [
    'Keep this as a secret of the repository, and nowhere else:',
    `  PULLGRES_MASK_KEY=${maskKey.reveal()}`,
    'Put this into .github/pullgres.yml, for everybody to see:',
    '  masking:',
    '    public-keys:',
    `      - ${publicKey}`,
    '',
  ].join('\n');
}
