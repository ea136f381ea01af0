/** A column of the copy, for who looks at its values one by one. */
export type WatchedColumn = { readonly schema: string; readonly table: string; readonly column: string };

/** Sees the rows of a table go by, in COPY's binary format, in pieces of any size. */
export type RowSink = { readonly push: (piece: Buffer) => void };

/** Looks at rows that are read for another purpose. */
export type RowWatch = {
  /** A table begins; of its fields those that are undefined are passed over. */
  readonly watch: (fields: readonly (WatchedColumn | undefined)[]) => RowSink;
  /** A table whose rows could not be read to their end. */
  readonly miss: (gap: { readonly where: string; readonly what: string }) => void;
};
