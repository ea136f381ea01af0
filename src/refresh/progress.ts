/** A line for people while a refresh runs. Bytes are those that went through the pipe. */
export type RefreshProgress = {
  readonly step: 'schema' | 'rows' | 'keys' | 'statistics' | 'proof' | 'publish' | 'drill';
  readonly done: number;
  /** Undefined when nobody knows. */
  readonly total: number | undefined;
  readonly bytes: number;
  readonly bytesPerSecond: number;
  /** Estimated, undefined when nobody knows. */
  readonly secondsLeft: number | undefined;
  /** The table or object in hand, as SQL. */
  readonly at?: string | undefined;
};

export type OnRefreshProgress = (progress: RefreshProgress) => void;
