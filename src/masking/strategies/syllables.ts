import { call, concat, op } from './sql.ts';

/** 256 different pairs of letters, one for each value of a byte: eight bits in two characters. */
const SYLLABLES = [
  'babebibobubycacecicocucydadedidodudyfafefifofufygagegigogugyhahehihohuhyjajejijojujykakekikokuky',
  'lalelilolulymamemimomumynaneninonunypapepipopupyrarerirorurysasesisosusytatetitotutyvavevivovuvy',
  'wawewiwowuwyzazezizozuzyabacadafagakalamanaparasatavaxazebecedefegekelemeneperesetevexezibicidif',
  'igikiliminipirisitivixizobocodofogokolomonoporosotovoxozubucudufugukulumunupurusutuvuxuzquxaxexi',
  'xoaiaueaeieuiaieiooaoiouuaueuiayeyoyyayeyoyushchthphstskspbrcrdrfrgrprtrblclflglplslsmsnknwhngnd',
  'ntnkllssttckrdrnmbmpltldrkrmrtee',
].join('');

/** The pairs as bytes: substr() of a bytea finds its place at once, that of a text counts characters. */
export const SYLLABLE_BYTES = `'${SYLLABLES}'::pg_catalog.bytea`;

/** A pseudoword of the first bytes of a hash; `table` reads SYLLABLE_BYTES. Different bytes give different words. */
export function syllables(hash: string, count: number, table: string): string {
  const parts = Array.from({ length: count }, (_, index) =>
    call('substr', table, op('+', op('*', call('get_byte', hash, index), 2), 1), 2),
  );
  return call('encode', concat(...parts), `'escape'`);
}
