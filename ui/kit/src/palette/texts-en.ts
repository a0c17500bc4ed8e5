import type { texts as italian } from "./texts-it.ts";

export const texts = {
  "palette.title": "Go to",
  "palette.field": "Page, action or name",
  "palette.pages": "Pages",
  "palette.acts": "Actions",
  "palette.none": "Nothing found.",
  "palette.searching": "Searching…",
  "palette.count": "{count, plural, one {# result} other {# results}}",
  "palette.newSpace": "Order a space",
  "palette.newDevice": "Add a device",
  "palette.newMailbox": "Create a mailbox",
  "palette.newTicket": "Open a support request",
  "palette.newTenant": "Add a customer",
  "palette.newNotice": "Write a new notice",
} as const satisfies Record<keyof typeof italian, string>;
