import { noteCharsMax } from "@casaforte/contract/tenants";

export const tenancyLimits = {
  nameCharsMax: 200,
  companyFieldCharsMax: 200,
  pageSizeMax: 200,
  sweepPageSize: 500,
  noteCharsMax,
  notesListed: 20,
  /** Notes of one operator in the copy of what is kept about that person. */
  notesOfPerson: 10_000,
} as const;
