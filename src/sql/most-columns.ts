/** Columns that a table or a view has at most (MaxHeapAttributeNumber; documentation, appendix K): the server refuses more. */
export const MOST_COLUMNS = 1600;
