import { describe, expect, test } from "vitest";
import { cookieName } from "../../modules/identity/src/http-cookies.ts";
import { clientTypes, keptContract, keptTypes } from "../../tools/client.ts";
import { type ObjectKind, type RouteRule, routeTables } from "./route-table.test-support.ts";
import { examineContract, runClientExample } from "./routes/contract.test-support.ts";
import { checkDesk } from "./routes/desk.test-support.ts";
import {
  expectHarmlessTable,
  expectLiveFirst,
  expectNoWayIn,
  expectSessionsEnd,
  sweepWithGrants,
} from "./routes/grants.test-support.ts";
import { expectGrantsLife } from "./routes/grants-life.test-support.ts";
import { checkJoinedTickets } from "./routes/joined-tickets.test-support.ts";
import { checkLateTickets } from "./routes/late-tickets.test-support.ts";
import { digest, make } from "./routes/objects.test-support.ts";
import { brokenTask, checkOperation } from "./routes/operation.test-support.ts";
import { sweepWithKeys, sweepWithOperatorTokens } from "./routes/operator-tokens.test-support.ts";
import { sweepWithBoundTokens, sweepWithTokens } from "./routes/tokens.test-support.ts";
import { operatorRoles, type Person, password, realmOf, routesOf } from "./world.test-support.ts";

type BrowserFace = keyof typeof routeTables;

import {
  alfa,
  bravo,
  browserFaces,
  deviceToken,
  doneOf,
  foreign,
  knock,
  own,
  ownerOf,
  permits,
  rowsOfBravo,
  ruleOf,
  sessionFor,
  sweep,
  unlike,
  visitors,
  world,
} from "./routes.test-support.ts";

describe("the list of routes", () => {
  test.each(browserFaces)("R74: each route of the %s stands in the table of who may use it", (face) => {
    const unknown = routesOf(world.faces[face]).filter((route) => !(route in routeTables[face]));
    expect(unknown).toEqual([]);
    expect(routesOf(world.faces[face]).length).toBeGreaterThan(25);
  });

  test("R51: no route of the operators' is on another listener", () => {
    const shared = new Set(Object.keys(routeTables.webmail).filter((route) => route in routeTables.console));
    const ownAccount = ["/api/auth/profile", "/api/auth/account"];
    const ofBoth = [...ownAccount, "/api/people", "/api/mail-events", "/api/mail-stops", "/api/audit"];
    const operators = routesOf(world.faces.operator).filter(
      (route) => !shared.has(route) && !ofBoth.some((path) => (route.split(" ")[1] ?? "").startsWith(path)),
    );
    expect(operators).toContain("GET /api/tenants");
    expect(operators).toContain("POST /api/auth/bootstrap");
    for (const face of ["console", "webmail", "vault"] as const)
      expect(routesOf(world.faces[face]).filter((route) => operators.includes(route))).toEqual([]);
  });
});

describe.each(browserFaces)("at the %s", (face) => {
  test("R74, R50: each role gets on its own and on a stranger's objects what the table says, and no word of the stranger", async () => {
    const secrets = [...Object.values(foreign), bravo, "bravo", "Bravo"];
    const wrong = await sweep(face, async (route, rule) => {
      const lines: string[] = [];
      for (const [role, person] of Object.entries(visitors[face])) {
        const cookie = await sessionFor(face, person);
        const may = permits(rule, role);
        const kind = rule.on;
        const isPersonal = kind === "session";
        const mine = isPersonal
          ? (await world.session(person)).id
          : kind && may
            ? await make(world, kind, ownerOf(alfa))
            : own.nothing;
        const here = await knock({ face, route, rule, id: mine, headers: { cookie } });
        lines.push(...unlike(role, here.status, may ? doneOf(rule) : [403]));
        if (!kind || kind === "tenant" || kind === "nothing") continue;
        const there = await knock({ face, route, rule, id: foreign[kind], headers: { cookie } });
        lines.push(...unlike(`${role} with a stranger's ${kind}`, there.status, may ? [rule.elsewhere ?? 404] : [403]));
        if (isPersonal) {
          const colleague = await knock({ face, route, rule, id: own.session, headers: { cookie } });
          lines.push(...unlike(`${role} with a colleague's session`, colleague.status, [404]));
        }
        for (const { text } of [here, there])
          if (secrets.some((secret) => secret !== foreign[kind] && text.includes(secret)))
            lines.push(`${role} was told of the stranger: ${text.slice(0, 200)}`);
      }
      return lines;
    });
    expect(wrong).toEqual([]);
  }, 120_000);

  test("R3, R51: nobody, a made-up session, a session of another face and a device's token get in nowhere", async () => {
    const name = cookieName(realmOf[face], "session");
    const others = browserFaces.filter((other) => other !== face);
    const intruders: Record<string, Record<string, string>> = {
      nobody: {},
      "a made-up session": { cookie: `${name}=${"A".repeat(43)}` },
      "a device": { authorization: `Bearer ${deviceToken}`, cookie: `${name}=${deviceToken}` },
    };
    for (const other of others) {
      const [person] = Object.values(visitors[other]);
      if (!person) throw new Error("nobody there");
      const session = await world.session(person);
      intruders[`a session of the ${other}`] = { cookie: session.cookie };
      intruders[`a session of the ${other} under this face's name`] = { cookie: `${name}=${session.token}` };
    }
    const wrong = await sweep(face, async (route, rule) => {
      const lines: string[] = [];
      for (const [intruder, headers] of Object.entries(intruders)) {
        const id = rule.on ? own[rule.on] : own.nothing;
        const { status } = await knock({ face, route, rule, id, headers });
        lines.push(...unlike(intruder, status, rule.who === "anyone" ? doneOf(rule) : [401]));
      }
      return lines;
    });
    expect(wrong).toEqual([]);
  }, 60_000);

  test("R60: a state change as a form, from another site or with an unknown field is refused", async () => {
    const [strongest] = Object.values(visitors[face]);
    if (!strongest) throw new Error("nobody there");
    const wrong = await sweep(face, async (route, rule) => {
      if (route.startsWith("GET ")) return [];
      const cookie = await sessionFor(face, strongest);
      const id = rule.on ? own[rule.on] : own.nothing;
      const lines: string[] = [];
      const said = { face, route, rule, id };
      for (const headers of [
        { cookie, origin: "https://evil.example" },
        { cookie, origin: "null" },
        { cookie, "sec-fetch-site": "cross-site" },
        { cookie, "sec-fetch-site": "same-site" },
        { cookie, "sec-fetch-site": "none" },
      ]) {
        const { status } = await knock({ ...said, headers });
        lines.push(...unlike(JSON.stringify({ ...headers, cookie: "…" }), status, [403]));
      }
      if (rule.bytes || rule.isForPrograms) return lines;
      const form = await knock({
        ...said,
        headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
        body: "a=b",
      });
      lines.push(...unlike("a form", form.status, [415]));
      const text = await knock({ ...said, headers: { cookie, "content-type": "text/plain" }, body: '{"a":1}' });
      lines.push(...unlike("plain text", text.status, [415]));
      if (route === "POST /jmap/api") return lines;
      const extra = { ...rule.body?.(id), surprise: true };
      lines.push(
        ...unlike("an unknown field", (await knock({ ...said, headers: { cookie }, body: extra })).status, [422]),
      );
      return lines;
    });
    expect(wrong).toEqual([]);
  }, 60_000);

  test("R60: no answer to a signed-in person may be stored by a browser or proxy, and all carry the guards", async () => {
    const [strongest] = Object.values(visitors[face]);
    if (!strongest) throw new Error("nobody there");
    const wrong = await sweep(face, async (route, rule) => {
      if (route === "GET /healthz") return [];
      const cookie = await sessionFor(face, strongest);
      const id = rule.on ? own[rule.on] : own.nothing;
      const { status, headers } = await knock({ face, route, rule, id, headers: { cookie } });
      if (status === 307) return [];
      const lines: string[] = [];
      // The same for everybody: a signed-in person's answer is nobody's own.
      if (rule.isPublic) lines.push(...(headers["set-cookie"] === undefined ? [] : ["sets a cookie"]));
      else if (!String(headers["cache-control"]).includes("no-store"))
        lines.push(`cache-control ${headers["cache-control"]}`);
      if (headers["x-content-type-options"] !== "nosniff") lines.push("may be sniffed");
      if (!String(headers["content-security-policy"]).includes("default-src 'none'")) lines.push("has no policy");
      if (headers["access-control-allow-origin"] !== undefined) lines.push("opens itself to other sites");
      return lines;
    });
    expect(wrong).toEqual([]);
  }, 60_000);

  test("R77: its cookies are of this host alone, out of reach of scripts and other sites", async () => {
    const [person] = Object.values(visitors[face]);
    if (!person) throw new Error("nobody there");
    const stranger = face === "webmail" ? person : await personWithPassword(face);
    const reply = await world.faces[face].inject({
      method: "POST",
      url: "/api/auth/sign-in",
      headers: { "sec-fetch-site": "same-origin" },
      payload: { login: stranger.login, password: face === "webmail" ? "un'altra lunga frase per la prova" : password },
    });
    expect(reply.statusCode).toBe(200);
    const cookies = [reply.headers["set-cookie"] ?? []].flat().filter((cookie) => !/=;/.test(cookie));
    expect(cookies.length).toBeGreaterThanOrEqual(2);
    for (const cookie of cookies) {
      expect(cookie).toMatch(new RegExp(`^__Host-cf-${face}`));
      for (const attribute of ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]) expect(cookie).toContain(attribute);
      expect(cookie).not.toMatch(/domain=/i);
      expect(reply.body).not.toContain(/=([^;]+)/.exec(cookie)?.[1]);
    }
  });
});

const personWithPassword = (face: BrowserFace): Promise<Person> =>
  world.newPerson(alfa, face === "operator" ? { operatorRoles: ["legal"] } : { role: "read_only" });

describe("the contract", () => {
  test.each(["console", "operator"] as const)(
    "R78: describes every route of the %s, with examples that are valid, and the client was written from the same",
    async (face) => {
      const options = face === "console" ? { role: "owner" as const } : { operatorRoles: ["support"] as const };
      const cookie = await sessionFor(face, await world.newPerson(alfa, options));
      expect(await examineContract(world, face, cookie, routesOf(world.faces[face]))).toEqual({
        undescribed: [],
        doubleIds: [],
        stale: [],
        refusedExamples: [],
        statusOfNobody: 401,
      });
      // While the contract is being written, the types come next.
      if (!process.env["UPDATE_CONTRACT"]) expect(clientTypes(keptContract(face), face)).toBe(keptTypes(face));
    },
  );

  test("R78: the client's example runs against the server with a token, and sends nothing twice", async () => {
    const { principalId } = await world.newPerson(alfa, { role: "owner" });
    const found = await runClientExample(world, alfa, principalId);
    const { first, second, lost, losses, statuses, refused, name, counts } = found;
    expect(second).toEqual(first);
    expect(counts).toMatchObject({ [name]: 1, [`${name} lost`]: 0 });
    expect(lost.name).toBe(`${name} lost`);
    expect(losses).toBe(2);
    expect(statuses).toEqual([0, 409, 201]);
    expect(refused).toMatchObject({ name: "ApiProblem", status: 403, code: "identity.token_scope", key: null });
  });
});

describe("a token for programs", () => {
  const tokenWorld = () => ({
    ...{ world, tenantId: alfa, own, foreign, routes: routesOf(world.faces.console) },
    make: (kind: ObjectKind) => make(world, kind, ownerOf(alfa)),
    knock: (route: string, rule: RouteRule, id: string, token: string) =>
      knock({ face: "console", route, rule, id, headers: { authorization: `Bearer ${token}` } }),
  });

  test("R78: does what its scopes say on each route, nothing on a stranger's objects, and nothing that is a person's", async () => {
    expect(await sweepWithTokens(tokenWorld())).toEqual([]);
  }, 60_000);

  test("R78: bound to one space and one domain, it reaches no other of the same customer", async () => {
    expect(await sweepWithBoundTokens(tokenWorld())).toEqual([]);
  }, 60_000);
});

describe("an operator's token", () => {
  test("R78: does what its scopes say and its maker's roles still allow, and nothing that an operator alone does", async () => {
    const knockWith = (route: string, rule: RouteRule, id: string, token: string) =>
      knock({ face: "operator", route, rule, id, headers: { authorization: `Bearer ${token}` } });
    const routes = routesOf(world.faces.operator);
    expect(await sweepWithOperatorTokens({ world, tenantId: alfa, own, routes, knock: knockWith })).toEqual([]);
  }, 60_000);
});

test("R78: every act of an operator that goes well is done once under one key, and answered alike", async () => {
  const person = await world.newPerson(alfa, { operatorRoles });
  const cookie = await sessionFor("operator", person);
  const { wrong, tried } = await sweepWithKeys({
    ...{ own, routes: routesOf(world.faces.operator) },
    knock: (route, rule, id, key) =>
      knock({ face: "operator", route, rule, id, headers: { cookie, "idempotency-key": key } }),
  });
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(10);
});

describe("an operator in a customer's console", () => {
  const grantWorld = () => ({
    ...{ world, tenantId: alfa, own, foreign, routes: routesOf(world.faces.console) },
    make: (kind: ObjectKind) => make(world, kind, ownerOf(alfa)),
    knock: (route: string, rule: RouteRule, id: string, cookie: string) =>
      knock({ face: "console", route, rule, id, headers: { cookie } }),
  });

  test("R90: reaches what the customer's grant says, on each route, and never content, secrets or a stranger's", async () => {
    expect(await sweepWithGrants(grantWorld())).toEqual([]);
    expectHarmlessTable();
  }, 60_000);

  test("R90: runs nothing of its own on a machine, sees no command line, and makes nothing kept for less", async () => {
    await expectNoWayIn(world, alfa);
  });

  test("R90, R77: stays no longer than its own sign-in and account, or 15 idle minutes, and in a browser of one person", async () => {
    await expectSessionsEnd(world, alfa);
  });

  test("R90: what is in force stands first in both lists", async () => {
    await expectLiveFirst(world, alfa);
  });

  test("R90: without a grant gets 403, is named in the customer's log, and is out the moment the grant ends", async () => {
    await expectGrantsLife(grantWorld(), bravo);
  });
});

test("R22: each operator sees sites, hosts, portals, versions, jobs and queues; only infra lets failed jobs run again", async () => {
  const rule = ruleOf("operator", "POST /api/operation/retries");
  const retry = async (person: Person) => {
    const said = { route: "POST /api/operation/retries", id: "", body: { task: brokenTask } };
    return knock({ face: "operator", ...said, rule, headers: { cookie: await sessionFor("operator", person) } });
  };
  await checkOperation({ world, tenantId: alfa, visitors: visitors.operator, retry });
});

test("R16: an operator writes once to each customer whose backups are late by one cause, and notes what is ordered for a site", async () => {
  await checkLateTickets(world, await world.newPerson(alfa, { operatorRoles }));
});

test("O6: requests made one lead the customer on, and an incident is shown to whom it concerned; never another customer's", async () => {
  await checkJoinedTickets(world, await world.newPerson(alfa, { operatorRoles }));
});

test("O2: operators read what one customer has and pays and write notes about it, which nobody of the customer's sees", async () => {
  await checkDesk(world);
});

test("R50: after all of this, not one row of the stranger has changed", async () => {
  expect(await digest(world, bravo)).toBe(rowsOfBravo);
});

test("no attempt was answered by a bug", () => {
  const bugs = world.logger.events.filter((entry) => entry.event === "http.failed");
  expect(bugs).toEqual([]);
});
