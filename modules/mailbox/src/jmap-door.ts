import { createHash } from "node:crypto";
import { Failure } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import { openMailAccount, type VerifyMailLogin } from "./imap.ts";
import type { MailActor } from "./jmap-account.ts";
import { jmapEventsPath } from "./jmap-http.ts";
import { mailboxLimits } from "./limits.ts";
import { OpenDoors } from "./open-doors.ts";
import type { MailboxEdgeServices } from "./services.ts";

export interface JmapGuest {
  readonly actor: MailActor;
  /** Aborts when who listens to events may do so no longer; other requests are over before that matters. */
  readonly ended: AbortSignal;
}

/**
 * HTTP Basic (RFC 7617) in front of a face's `/jmap/` for mail programs: address and app password in each request, or a connected
 * program's access token (RFC 6750), checked before its body is read, by the same brake, switches and measures as IMAP. Nothing else lets in: no cookie is looked at, and the
 * face's guard refuses what a browser sends for another site unasked, which could bear a password that the browser kept.
 * Returns who a request is of.
 */
export function guardJmap(
  app: Face,
  services: MailboxEdgeServices,
  verifyLogin: VerifyMailLogin,
): (request: FastifyRequest) => JmapGuest {
  const doors = new OpenDoors(services);
  const verify = rememberedLogins(services, verifyLogin);
  const guests = new WeakMap<FastifyRequest, JmapGuest>();
  app.addHook("onRequest", async (request, reply) => {
    if (!request.routeOptions.url?.startsWith("/jmap/")) return;
    const { door, actor } = await openMailAccount(services, verify, doors, {
      protocol: "jmap",
      ...credentialsOf(request.headers.authorization),
      ip: request.ip,
    });
    // A client that hung up meanwhile has had its `close`: waiting for one would leave the door open for ever.
    if (request.routeOptions.url !== jmapEventsPath || reply.raw.destroyed) door[Symbol.dispose]();
    else reply.raw.once("close", () => door[Symbol.dispose]());
    if (actor.kind === "mail_account") guests.set(request, { ended: door.ended, actor });
  });
  app.addHook("onSend", async (_request, reply) => {
    if (reply.statusCode === 401)
      reply.header("www-authenticate", ['Basic realm="mail", charset="UTF-8"', 'Bearer realm="mail", scope="jmap"']);
  });
  return (request) => {
    const guest = guests.get(request);
    if (guest === undefined)
      throw new Failure("unauthenticated", "identity.not_signed_in", "sign in with an app password");
    return guest;
  };
}

interface Credentials {
  readonly mechanism: "BASIC" | "OAUTHBEARER";
  readonly user: string;
  readonly password: string;
}

/** @throws unauthenticated `identity.not_signed_in`: none, of another scheme, or not to be read. */
function credentialsOf(header: string | undefined): Credentials {
  const token = /^bearer +([A-Za-z0-9._~+/-]{1,500}=*)$/i.exec(header ?? "")?.[1];
  if (token !== undefined) return { mechanism: "OAUTHBEARER", user: "", password: token };
  const [, coded = ""] = /^basic +([a-z0-9+/=]{1,2000})$/i.exec(header ?? "") ?? [];
  const text = Buffer.from(coded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) throw new Failure("unauthenticated", "identity.not_signed_in", "sign in with an app password");
  return { mechanism: "BASIC", user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * A program says its password with each request. One that was right is asked for a while only whether it would be let in still,
 * which takes nothing from the brake and notes no further use; wrong ones are never remembered here.
 */
function rememberedLogins(
  { clock }: Pick<MailboxEdgeServices, "clock">,
  verifyLogin: VerifyMailLogin,
): VerifyMailLogin {
  const kept = new Map<string, { readonly untilMs: number; readonly login: Awaited<ReturnType<VerifyMailLogin>> }>();
  return async (input) => {
    const key = createHash("sha256").update(JSON.stringify(input)).digest("base64");
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > clock.nowMs() && (await known.login.holds())) return known.login;
    kept.delete(key);
    const login = await verifyLogin(input);
    // A Map keeps the order of insertion, so the first key is the oldest.
    for (const oldest of kept.keys()) {
      if (kept.size < mailboxLimits.jmapLoginsKept) break;
      kept.delete(oldest);
    }
    kept.set(key, { untilMs: clock.nowMs() + mailboxLimits.jmapLoginMs, login });
    return login;
  };
}
