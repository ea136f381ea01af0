import { readFileSync } from 'node:fs';
import { join } from 'node:path';

declare const __PULLGRES_VERSION__: string | undefined;

/** This release. The bundle carries it; from source it is read from package.json. */
export const version: string =
  typeof __PULLGRES_VERSION__ === 'string' ? __PULLGRES_VERSION__ : versionFromManifest();

function versionFromManifest(): string {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  return String(manifest.version);
}
