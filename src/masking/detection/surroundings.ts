import type { SourceTable } from '../source.ts';
import { nameTokens } from './tokens.ts';
import { CATALOGUES, FIRMS, PEOPLE } from './words.ts';

/** What the table, or the object around a JSON member, says of a name in it. */
export type Surroundings = {
  /** Of the table's name. */
  readonly tableWords: ReadonlySet<string>;
  /** Of the table's name, the last one that is no `profile`, `info` or `data`. */
  readonly head: string;
  readonly hasGivenName: boolean;
  readonly hasFamilyName: boolean;
};

const GIVEN = /first_?name|given_?name|forename|prenom|vorname|voornaam|fornavn|fornamn|imie/;
const FAMILY =
  /last_?name|surname|family_?name|nachname|apellido|cognome|sobrenome|apelido|achternaam|nazwisko|etternavn|efternamn|soyad/;
const EMPTY_HEADS: ReadonlySet<string> = new Set(
  'info information detail data record datum list table entity model tbl'.split(' '),
);

/** @param names of the columns of one table, or of the members of one object. */
export function surroundingsOf(table: string, names: readonly string[]): Surroundings {
  const words = nameTokens(table);
  const siblings = names.map((name) => nameTokens(name).join('_'));
  return {
    tableWords: new Set(words),
    head: words.findLast((word) => !EMPTY_HEADS.has(word)) ?? words.at(-1) ?? '',
    hasGivenName: siblings.some((name) => GIVEN.test(name)),
    hasFamilyName: siblings.some((name) => FAMILY.test(name)),
  };
}

export function surroundingsOfTable(table: SourceTable): Surroundings {
  return surroundingsOf(
    table.name,
    table.columns.map(({ name }) => name),
  );
}

/** `user_roles` is of roles: the last word decides. A table with both names of a person is of people, whatever it is called. */
export function tableKind({
  head,
  hasGivenName,
  hasFamilyName,
}: Surroundings): 'people' | 'firms' | 'things' | 'unknown' {
  if (PEOPLE.has(head) || hasGivenName || hasFamilyName) return 'people';
  if (FIRMS.has(head)) return 'firms';
  return CATALOGUES.has(head) ? 'things' : 'unknown';
}
