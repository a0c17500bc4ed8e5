import { createHmac, timingSafeEqual } from "node:crypto";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { releaseQuarantined } from "./quarantine.ts";
import type { MailflowServices } from "./services.ts";
import type { Quarantined, QuarantineId } from "./store-quarantine.ts";

type Keyed = Pick<MailflowServices, "secretKey">;

const sign = ({ secretKey }: Keyed, text: string): string =>
  createHmac("sha256", secretKey).update(`quarantine:${text}`).digest("base64url").slice(0, 32);

/** Lets whoever holds it release that one message: it goes to the account's own address only. */
export function releaseToken(services: Keyed, held: Pick<Quarantined, "tenantId" | "id">): string {
  const text = `${held.tenantId}.${held.id}`;
  return `${text}.${sign(services, text)}`;
}

/** What a token names; null when it is not ours. */
function openToken(services: Keyed, token: string): { readonly tenantId: TenantId; readonly id: QuarantineId } | null {
  const match = /^([0-9a-f-]{36})\.([0-9a-f-]{36})\.([\w-]{32})$/.exec(token);
  if (!match) return null;
  const [, tenantId = "", id = "", given = ""] = match;
  const wanted = sign(services, `${tenantId}.${id}`);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) return null;
  return { tenantId: parseId<TenantId>(tenantId), id: parseId<QuarantineId>(id) };
}

const page = `<!doctype html><html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Casaforte</title>
<script src="/quarantine/release.js" defer></script>
<h1>Ricevere il messaggio? / Receive the message?</h1><p><button type="button">Ricevi / Receive</button></p></html>`;

/** Asks the server to release, by the token in the page's address, and says what came of it. */
const script = `const button = document.querySelector("button");
button.addEventListener("click", async () => {
  button.disabled = true;
  const token = location.pathname.slice("/quarantine/".length);
  const headers = { "content-type": "application/json" };
  const reply = await fetch("/api/quarantine-release", { method: "POST", headers, body: JSON.stringify({ token }) });
  document.querySelector("h1").textContent = reply.ok
    ? "Il messaggio è in arrivo. / The message is on its way."
    : "Il messaggio non è più trattenuto. / The message is not held any more.";
  button.remove();
});
`;

/**
 * The link of a digest, on webmail's face: a page that asks, so that a scanner which opens links releases nothing, and
 * the button. No session: the token is the right to do this one thing.
 */
export function registerQuarantineLink(app: Face, services: MailflowServices): void {
  const params = z.object({ token: z.string().max(120) });
  app.get("/quarantine/release.js", async (_request, reply) =>
    reply.type("text/javascript; charset=utf-8").header("cache-control", "no-store").send(script),
  );
  app.get("/quarantine/:token", { schema: { params } }, async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(page),
  );
  app.post(
    "/api/quarantine-release",
    { schema: { body: z.strictObject({ token: z.string().max(120) }), response: { 200: z.object({}) } } },
    async (request) => {
      const found = openToken(services, request.body.token);
      if (found === null) throw new Failure("not_found", "mailflow.quarantine_missing", "no such message");
      const actor: Actor = { kind: "system", name: "quarantine_link" };
      await services.db.tenant(found.tenantId, (tx) => releaseQuarantined(tx, actor, { id: found.id }, services));
      return {};
    },
  );
}
