export const tenancyLimits = {
  nameCharsMax: 200,
  companyFieldCharsMax: 200,
  pageSizeMax: 200,
  sweepPageSize: 500,
} as const;
