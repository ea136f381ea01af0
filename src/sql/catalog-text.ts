import type { Catalog } from './catalog.ts';

/** A map as JSON: a list of its entries, under a name that no member of a catalog has. */
type MapText = { readonly '#map': readonly (readonly [unknown, unknown])[] };

/** A catalog as JSON text, from which `readCatalogText` makes the same again. */
export function catalogText(catalog: Catalog): string {
  return JSON.stringify(catalog, (_key, value: unknown) => (isMap(value) ? { '#map': [...value] } : value));
}

/** Reads what `catalogText` wrote. Throws SyntaxError for other text. */
export function readCatalogText(text: string): Catalog {
  return JSON.parse(text, (_key, value: unknown) =>
    isMapText(value) ? new Map(value['#map']) : value,
  ) as Catalog;
}

/** Also the persistent maps that grow statement by statement, which are no instances of Map. */
function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    'entries' in value &&
    'has' in value
  );
}

function isMapText(value: unknown): value is MapText {
  return typeof value === 'object' && value !== null && '#map' in value;
}
