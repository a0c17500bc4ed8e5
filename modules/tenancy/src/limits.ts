import { noteCharsMax } from "@casaforte/contract/tenants";

export const tenancyLimits = {
  nameCharsMax: 200,
  companyFieldCharsMax: 200,
  pageSizeMax: 200,
  sweepPageSize: 500,
  noteCharsMax,
  notesListed: 20,
  /** How long a deleted note can be taken back: the ten seconds of the page, and what the network takes. */
  noteUndoMs: 60_000,
  /** Notes of one operator in the copy of what is kept about that person. */
  notesOfPerson: 10_000,
} as const;
