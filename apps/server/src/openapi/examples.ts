/** Bodies of requests as somebody would write them; a test holds each against its route's schema. */
export const apiExamples: Readonly<Record<string, unknown>> = {
  "POST /api/spaces": { siteId: "mi1", name: "Office", quotaBytes: 107_374_182_400 },
  "POST /api/enrolments": { spaceId: "0192f5a0-0000-7000-8000-000000000001", kind: "server" },
  "POST /api/domains": { name: "rossi.example" },
  "POST /api/mail-accounts": {
    address: "anna@rossi.example",
    quotaBytes: null,
    password: "quattro pioppi lungo il fiume",
  },
  "POST /api/addresses": {
    kind: "alias",
    address: "info@rossi.example",
    mailAccountId: "0192f5a0-0000-7000-8000-000000000002",
  },
  "POST /api/tickets": {
    kind: "question",
    severity: "low",
    subject: "Invoice of March",
    body: "Which space does line three belong to?",
  },
  "PUT /api/budget": { monthlyCents: 10_000 },
};
