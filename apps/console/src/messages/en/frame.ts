import type { frame as it } from "../it/frame.ts";

export const frame = {
  "list.never": "never",
  "list.more": "Show more",

  "notFound.title": "This page does not exist",
  "notFound.text": "The address is wrong, or the page was moved.",

  "app.title": "Casaforte",

  "nav.section.backup": "Backup",
  "nav.section.mail": "Mail",
  "nav.section.contract": "Contract and costs",
  "nav.section.help": "Support and notices",
  "nav.section.access": "Access",
  "nav.home": "Home",
  "nav.spaces": "Backup spaces",
  "nav.devices": "Devices",
  "nav.restore": "Restore",
  "nav.policies": "Backup policies",
  "nav.mail": "Mailboxes",
  "nav.notices": "Notices",
  "nav.tickets": "Support",
  "nav.services": "Services",
  "nav.costs": "Usage and costs",
  "nav.invoices": "Invoices",
  "nav.documents": "Documents",
  "nav.people": "People",
  "nav.audit": "Audit log",
  "nav.inspections": "Audits",
  "nav.dataProtection": "Data protection",
  "nav.evidence": "Evidence",
  "nav.leaving": "Export and leaving",
  "nav.programs": "Programs",
  "nav.security": "Security",
  "nav.domains": "Mail domains",
  "nav.delivery": "Delivery",
  "nav.migration": "Migration",
  "nav.usage": "Consumption",

  "banner.limited": "Some functions are switched off for your organisation.",
  "banner.more": "Reasons and details in Notices",
} as const satisfies Record<keyof typeof it, string>;
