/** A whole number as English writes it: 1,200. Not by toLocaleString, which loads 10 ms worth of languages first. */
export function thousands(number: number): string {
  return String(number).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
}
