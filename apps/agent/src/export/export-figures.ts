/** What went into an export so far. */
export interface ExportFigures {
  entries: number;
  /** Of files, holes left out. */
  bytes: number;
}
