/**
 * Elements of an array in Postgres' text form, however deep, without nulls (docs: 8.15.6). A text that was cut gives the
 * elements that are whole. The delimiter is a comma for all types but box, whose elements nobody asks for.
 */
export function arrayElements(text: string): readonly string[] {
  const elements: string[] = [];
  const token = /"((?:[^"\\]|\\.)*)"|((?:[^{},"\\]|\\.)+)(?=[,}])|[{},]/gs;
  // Bounds are written before the braces where they do not begin at 1: [0:1]={a,b}.
  const body = text.replace(/^(\[[\d:-]+\])+=/, '');
  for (const [, quoted, bare] of body.matchAll(token)) {
    if (quoted !== undefined) elements.push(unescaped(quoted));
    else if (bare !== undefined && bare !== 'NULL') elements.push(unescaped(bare));
  }
  return elements;
}

/** Values of an hstore in its text form, without nulls (docs: F.17.1). */
export function hstoreValues(text: string): readonly string[] {
  const pair = /"(?:[^"\\]|\\.)*"=>"((?:[^"\\]|\\.)*)"/gs;
  return [...text.matchAll(pair)].map(([, value = '']) => unescaped(value));
}

const unescaped = (text: string): string => text.replace(/\\(.)/gs, '$1');
