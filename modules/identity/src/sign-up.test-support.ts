import { Failure } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, beforeAll } from "vitest";
import { registerIdentityRoutes } from "./http.ts";
import { goodPassword, type IdentityBench, startIdentityBench } from "./identity-bench.test-support.ts";

export let bench: IdentityBench;
let open: Face;
export let closed: Face;
/** Who accepted what, as the composition root would record it. */
export const accepted: { readonly tenantId: string; readonly actor: unknown; readonly said: unknown }[] = [];
export const terms = { documentId: "terms", version: 1, sha256: "a".repeat(64) };
export const otherTerms = { ...terms, sha256: "b".repeat(64) };

beforeAll(async () => {
  bench = await startIdentityBench();
  const faceOf = async (isOpen: boolean) => {
    const { logger, clock, random } = bench;
    const app = createFace({ name: "user", logger, clock, random, contentSecurityPolicy: "console" });
    registerIdentityRoutes(app, bench.identity, {
      realm: "user",
      signUp: {
        isOpen,
        documents: async () => [],
        async assertEnough(said) {
          if (said.length === 0) throw new Failure("invalid", "catalogue.acceptance_missing", "nothing was accepted");
        },
        async accept(tx, actor, said) {
          if (said[0]?.sha256 !== terms.sha256)
            throw new Failure("invalid", "catalogue.document_changed", "other text");
          accepted.push({ tenantId: tx.tenantId, actor, said });
        },
      },
    });
    await app.ready();
    return app;
  };
  [open, closed] = [await faceOf(true), await faceOf(false)];
});
afterAll(async () => {
  await open?.close();
  await closed?.close();
  await bench?.[Symbol.asyncDispose]();
});

let network = 0;
/** A browser of its own, on a network of its own. */
export function newBrowser(app: Face = open) {
  const cookies = new Map<string, string>();
  const remoteAddress = `198.51.${++network}.7`;
  return async (method: "GET" | "POST", path: string, payload?: object) => {
    const reply = await app.inject({
      method,
      remoteAddress,
      url: path.startsWith("/") ? path : `/api/auth/${path}`,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "sec-fetch-site": "same-origin",
      },
      ...(payload ? { payload } : {}),
    });
    for (const { name, value } of reply.cookies) value === "" ? cookies.delete(name) : cookies.set(name, value);
    return { status: reply.statusCode, body: reply.body === "" ? null : reply.json(), setCookies: reply.cookies };
  };
}

export const firm = (login: string) => ({
  login,
  company: "Neri & C. Snc",
  vatNumber: "IT 12345678903",
  language: "it",
});
export const finish = { password: goodPassword, displayName: "Nera Neri", accepted: [terms] };
export const codeOf = (login: string): string =>
  bench.mails.filter((mail) => mail.to === login && mail.template === "sign_up_code").at(-1)?.values["code"] ?? "";
export const otherThan = (code: string): string => (code === "111111" ? "222222" : "111111");

export async function counts() {
  const owner = await bench.database.db.operator(
    (tx) => tx.sql<{ tenants: bigint; people: bigint }[]>`
      select (select count(*) from tenancy_tenants) as tenants, (select count(*) from identity_principals) as people`,
  );
  return owner[0];
}
