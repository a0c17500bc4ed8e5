import type { AddressInfo } from "node:net";
import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll } from "vitest";
import { cookieName } from "../../modules/identity/src/http-cookies.ts";
import { type ObjectKind, type RouteRule, routeTables } from "./route-table.test-support.ts";
import { digest, objectsOf } from "./routes/objects.test-support.ts";
import {
  operatorRoles,
  type Person,
  realmOf,
  routesOf,
  startWorld,
  tenantRoles,
  type World,
} from "./world.test-support.ts";

type BrowserFace = keyof typeof routeTables;

export const browserFaces = Object.keys(routeTables) as BrowserFace[];

export let world: World;
export let alfa: TenantId;
export let bravo: TenantId;
/** Who knocks at each face with a session of its own, by role. */
export const visitors: Record<BrowserFace, Record<string, Person>> = { console: {}, operator: {}, webmail: {} };
export const ownerOf = (tenantId: TenantId) => ({ tenantId, domain: "alfa.test", isOwn: true });
/** One object of each kind that belongs to somebody else. */
export let foreign: Record<ObjectKind, string>;
export let own: Record<ObjectKind, string>;
export let deviceToken = "";
export let rowsOfBravo = "";

beforeAll(async () => {
  world = await startWorld();
  [alfa, bravo] = [await world.newTenant("Alfa Srl"), await world.newTenant("Bravo Spa")];
  await world.newDomain(alfa, "alfa.test");
  await world.newDomain(bravo, "bravo.test");
  for (const role of tenantRoles) visitors.console[role] = await world.newPerson(alfa, { role });
  for (const role of operatorRoles) visitors.operator[role] = await world.newPerson(alfa, { operatorRoles: [role] });
  visitors.webmail["mailbox"] = await world.newMailAccount(alfa, "alfa.test");
  // Others who may keep managing, so that no attempt meets the last of its kind.
  await world.newPerson(alfa, { role: "owner" });
  await world.newPerson(alfa, { operatorRoles: ["security"] });
  const spaceId = await world.newSpace(alfa);
  deviceToken = (await world.newDevice(alfa, spaceId)).token;
  own = await objectsOf(world, ownerOf(alfa));
  foreign = await objectsOf(world, { tenantId: bravo, domain: "bravo.test", isOwn: false });
  rowsOfBravo = await digest(world, bravo);
});
afterAll(() => world?.close());

interface Knock {
  readonly face: BrowserFace;
  readonly route: string;
  readonly rule: RouteRule;
  readonly id: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

function urlOf({ route, rule, id }: Knock): string {
  const path = (route.split(" ")[1] ?? "").replace(/:\w+/g, id);
  return rule.query ? `${path}?${rule.query(id)}` : path;
}

export async function knock(attempt: Knock) {
  const [method] = attempt.route.split(" ");
  const body = attempt.body ?? attempt.rule.body?.(attempt.id);
  const payload = attempt.rule.bytes ? Buffer.from("bytes") : body;
  if (attempt.rule.stream && attempt.headers?.["cookie"]) return knockAtStream(attempt);
  const reply = await world.faces[attempt.face].inject({
    method: method as "GET",
    url: urlOf(attempt),
    headers: { "sec-fetch-site": "same-origin", ...attempt.headers },
    ...(payload === undefined || method === "GET" ? {} : { payload: payload as object }),
  });
  return { status: reply.statusCode, text: reply.body, headers: reply.headers };
}

/** A stream does not end by itself: over a real socket, until its head is there. */
async function knockAtStream(attempt: Knock) {
  const face = world.faces[attempt.face];
  if (!face.server.listening) await face.listen({ host: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const { port } = face.server.address() as AddressInfo;
  const reply = await fetch(`http://127.0.0.1:${port}${urlOf(attempt)}`, {
    headers: { ...attempt.headers },
    signal: stop.signal,
  });
  const headers = Object.fromEntries(reply.headers);
  const text = reply.status === 200 ? "" : await reply.text();
  stop.abort();
  return { status: reply.status, text, headers };
}

export const permits = (rule: RouteRule, role: string) =>
  rule.who === "anyone" || rule.who === "signed_in" || rule.who.includes(role);
export const doneOf = (rule: RouteRule): readonly number[] => (typeof rule.done === "number" ? [rule.done] : rule.done);
export const ruleOf = (face: BrowserFace, route: string): RouteRule => {
  const rule = (routeTables[face] as Readonly<Record<string, RouteRule>>)[route];
  if (!rule) throw new Error(`${face}: ${route} is in no table`);
  return rule;
};

/** Runs every route of a face and collects what differs from the table. */
export async function sweep(
  face: BrowserFace,
  visit: (route: string, rule: RouteRule) => Promise<readonly string[]>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const route of routesOf(world.faces[face])) {
    const rule = ruleOf(face, route);
    for (const line of await visit(route, rule)) wrong.push(`${route}: ${line}`);
  }
  return wrong;
}

export const unlike = (what: string, status: number, expected: readonly number[]) =>
  expected.includes(status) ? [] : [`${what} got ${status} instead of ${expected.join(" or ")}`];

export async function sessionFor(face: BrowserFace, person: Person): Promise<string> {
  const { token } = await world.session(person);
  return `${cookieName(realmOf[face], "session")}=${token}`;
}
