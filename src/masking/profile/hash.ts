import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { MaskingProfile } from './profile.ts';

/** SHA-256 of what the profile says, hexadecimal: neither comments nor the order of keys nor quotes that are not needed change it. */
export function profileHash(profile: MaskingProfile): string {
  return createHash('sha256')
    .update(`pullgres profile 1\0${canonical(profile)}`)
    .digest('hex');
}
