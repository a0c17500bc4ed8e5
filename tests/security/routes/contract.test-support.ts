import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { apiExamples } from "../../../apps/server/src/openapi/examples.ts";
import { countDevices } from "../../../clients/typescript/src/example.ts";
import { createClient } from "../../../clients/typescript/src/index.ts";
import { holdKey } from "../../../modules/idempotency/src/store.ts";
import { freshApiToken } from "../../../modules/identity/src/api-token-secret.ts";
import { insertApiToken } from "../../../modules/identity/src/store-api-tokens.ts";
import { type ContractName, contracts } from "../../../tools/client.ts";
import type { World } from "../world.test-support.ts";

const places = { console: "/openapi.json", operator: "/api/desk/openapi" } as const;

export interface ContractFindings {
  /** Routes under /api/ that the contract does not describe. */
  readonly undescribed: readonly string[];
  readonly doubleIds: readonly string[];
  /** Paths and parts that the client's copy describes otherwise than the server: `npm run client` mends it. */
  readonly stale: readonly string[];
  /** Examples that the routes' own schemas refuse. */
  readonly refusedExamples: readonly string[];
  readonly statusOfNobody: number;
}

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** `GET /api/spaces/:id`, for each call that a contract describes. */
const callsOf = ({ paths }: Contract): string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );

/** What two contracts do not say alike, but for the release that they are of. */
function differences(copy: Contract, document: Contract): string[] {
  const parts = ({ paths, ...rest }: Contract) =>
    new Map<string, unknown>([...Object.entries(paths), ["the rest", { ...rest, info: null }]]);
  const [theirs, ours] = [parts(copy), parts(document)];
  return [...new Set([...theirs.keys(), ...ours.keys()])].filter(
    (name) => JSON.stringify(theirs.get(name)) !== JSON.stringify(ours.get(name)),
  );
}

/** Holds a face's contract against its routes. UPDATE_CONTRACT=1 writes the copy beside the client. */
export async function examineContract(world: World, name: ContractName, cookie: string, routes: readonly string[]) {
  const face = world.faces[name];
  const url = places[name];
  const kept = new URL(`../../../clients/typescript/${contracts[name].document}`, import.meta.url);
  const headers = { cookie, "sec-fetch-site": "same-origin" };
  const statusOfNobody = (await face.inject({ url })).statusCode;
  const document = (await face.inject({ url, headers })).json() as Contract;
  if (process.env["UPDATE_CONTRACT"]) writeFileSync(kept, `${JSON.stringify(document, null, 1)}\n`);
  const described = new Set(callsOf(document));
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  const refusedExamples: string[] = [];
  for (const [route, payload] of Object.entries(name === "console" ? apiExamples : {})) {
    const [method = "", path = ""] = route.split(" ");
    const reply = await face.inject({ method: method as "POST", url: path, headers, payload: payload as object });
    if (reply.statusCode >= 500 || reply.body.includes('"http.validation"'))
      refusedExamples.push(`${route}: ${reply.body}`);
  }
  return {
    undescribed: routes.filter((route) => route.includes(" /api/") && !described.has(route)),
    doubleIds: ids.filter((id, index) => ids.indexOf(id) !== index),
    stale: differences(JSON.parse(readFileSync(kept, "utf8")), document),
    refusedExamples,
    statusOfNobody,
  } satisfies ContractFindings;
}

/** The README's program, with a token that may only read backups, over a real socket. */
export async function runClientExample(world: World, tenantId: TenantId, principalId: PrincipalId) {
  const { db, clock, random } = world.services.core;
  const { text, hash, hint } = freshApiToken(random);
  const at = new Date(clock.nowMs());
  const tokenId = newId(clock, random);
  await db.tenant(tenantId, (tx) =>
    insertApiToken(tx, {
      ...{ id: tokenId, principalId, name: "example", hint, hash, scopes: ["backup:write"], networks: [] },
      ...{ spaceIds: [], domainIds: [], at, expiresAt: new Date(at.getTime() + 3_600_000) },
    }),
  );
  const face = world.faces.console;
  if (!face.server.listening) await face.listen({ host: "127.0.0.1", port: 0 });
  const baseUrl = `http://127.0.0.1:${(face.server.address() as AddressInfo).port}`;
  const casaforte = createClient({ baseUrl, token: text });
  const name = `Client ${hint}`;
  const key = `space-${hint}`;
  const body = { siteId: "mi1", name, quotaBytes: 2 ** 30 };
  const first = await casaforte.call("POST /api/spaces", { body }, { key });
  const second = await casaforte.call("POST /api/spaces", { body }, { key });
  await world.newDevice(tenantId, first.id);
  // The first answer to the next act is lost on its way: the client sends it again and it is done once.
  let losses = 0;
  const losing: typeof globalThis.fetch = async (...request) => {
    const response = await fetch(...request);
    if (losses++ > 0) return response;
    await response.body?.cancel();
    throw new TypeError("the connection was lost");
  };
  const lossy = createClient({ baseUrl, token: text, fetch: losing });
  const lost = await lossy.call("POST /api/spaces", { body: { ...body, name: `${name} lost` } });
  // The next act's connection is lost while the server is at it: the client waits until it is done.
  const [isHeld, isDone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const act = db.tenant(tenantId, async (tx) => {
    await holdKey(tx, { callerId: tokenId, key: `${key}-running` });
    isHeld.resolve();
    await isDone.promise;
  });
  await isHeld.promise;
  const statuses: number[] = [];
  const cut: typeof globalThis.fetch = async (...request) => {
    if (statuses.push(0) === 1) throw new TypeError("the connection was lost");
    const response = await fetch(...request);
    statuses.splice(-1, 1, response.status);
    isDone.resolve();
    await act;
    return response;
  };
  const patient = createClient({ baseUrl, token: text, fetch: cut });
  await patient.call("POST /api/spaces", { body: { ...body, name: `${name} waited` } }, { key: `${key}-running` });
  const refused = await casaforte.call("GET /api/invoices").catch((problem: unknown) => problem);
  return { first, second, lost, losses, statuses, refused, name, counts: await countDevices(casaforte) };
}
