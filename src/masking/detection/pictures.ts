import type { Evidence } from './by-name.ts';
import { type Surroundings, tableKind } from './surroundings.ts';
import { nameTokens } from './tokens.ts';
import { PEOPLE } from './words.ts';

/** What pictures, prints and papers of people are called, as the dictionary's words are. */
const PICTURES: ReadonlySet<string> = new Set(
  nameTokens(`photo foto picture avatar portrait portrat selfie headshot mugshot passphoto passbild passfoto lichtbild
    profilbild profilfoto bild fotograf resim vesikalik fingerprint fingerabdruck parmakizi signature unterschrift imza
    firma podpis handtekening assinatura retrato zdjecie kuva bilde biometric iris retina face gesicht`),
);

/** Bytes with such a name are of a person, but in a table of things. */
export function evidenceOfPicture(name: string, around: Surroundings): readonly Evidence[] {
  const words = nameTokens(name);
  const ofPeople = words.some((word) => PEOPLE.has(word)) || tableKind(around) !== 'things';
  if (!ofPeople || !words.some((word) => PICTURES.has(word))) return [];
  const because = 'bytes named like the picture or print of a person';
  return [{ from: 'name', class: 'special category', confidence: 0.75, because }];
}
