import { authentication } from "./authentication.test-support.ts";
import { linkToken, type RouteTable, unique } from "./rule.test-support.ts";

export const webmail: RouteTable = {
  ...authentication,
  // A mail account's address is its administrator's to change.
  "POST /api/auth/login-change": { who: "signed_in", done: 403, body: () => ({ login: "moved@nowhere.test" }) },
  "GET /api/auth/recovery-address": { who: "signed_in", done: 200 },
  "POST /api/auth/recovery-address": {
    who: "signed_in",
    done: [202, 429],
    body: () => ({ address: `elsewhere-${unique()}@nowhere.test` }),
  },
  "DELETE /api/auth/recovery-address": { who: "signed_in", done: 204 },
  "POST /api/auth/recovery-address/confirm": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "GET /api/auth/app-passwords": { who: "signed_in", done: 200 },
  "POST /api/auth/app-passwords": {
    who: "signed_in",
    done: 201,
    body: () => ({ name: "Phone", protocols: ["imap"], expiresAt: null }),
  },
  "DELETE /api/auth/app-passwords/:id": { who: "signed_in", on: "nothing", done: 404 },
  "GET /mail/config-v1.1.xml": { who: "anyone", done: 200 },
  "GET /.well-known/autoconfig/mail/config-v1.1.xml": { who: "anyone", done: 200 },
  "GET /.well-known/mta-sts.txt": { who: "anyone", done: 404 },
  "POST /autodiscover/autodiscover.xml": { who: "anyone", done: [415, 422], bytes: true },
  "POST /Autodiscover/Autodiscover.xml": { who: "anyone", done: [415, 422], bytes: true },
  "GET /api/mail-profile": { who: "signed_in", done: [200, 404] },
  "GET /api/filters": { who: "signed_in", done: 200 },
  "PUT /api/filters": { who: "signed_in", done: 200, body: () => ({ rules: [] }) },
  "GET /api/deleted-messages": { who: "signed_in", done: 200 },
  "POST /api/deleted-messages/restore": {
    who: "signed_in",
    done: 200,
    body: () => ({ ids: ["00000000-0000-7000-8000-000000000001"] }),
  },
  "GET /api/mail-takeouts": { who: "signed_in", done: 200 },
  "POST /api/mail-takeouts": { who: "signed_in", done: [202, 409], body: () => ({ format: "eml" }) },
  "GET /api/mail-takeouts/:id/archive": { who: "signed_in", on: "nothing", done: 404 },
  "GET /.well-known/jmap": { who: "anyone", done: 307 },
  "GET /jmap/session": { who: "signed_in", done: 200 },
  "POST /jmap/api": {
    who: "signed_in",
    done: 200,
    body: () => ({ using: ["urn:ietf:params:jmap:core"], methodCalls: [["Core/echo", {}, "a"]] }),
  },
  "GET /jmap/download/:accountId/:blobId/:name": { who: "signed_in", on: "nothing", done: 404 },
  "GET /jmap/events": { who: "signed_in", done: 200, stream: true, query: () => "types=*&closeafter=no&ping=0" },
  "GET /jmap/image": { who: "signed_in", done: [404, 422], query: () => "url=http%3A%2F%2F127.0.0.1%2Fa.png" },
  "GET /quarantine/:token": { who: "anyone", done: 200 },
  "GET /quarantine/release.js": { who: "anyone", done: 200 },
  "POST /api/quarantine-release": { who: "anyone", done: 404, body: () => ({ token: linkToken }) },
  "POST /jmap/upload/:accountId": { who: "signed_in", on: "nothing", done: 404, bytes: true },
};
