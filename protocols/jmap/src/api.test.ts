import { Failure } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { handleApi } from "./api.ts";
import { referencedCharsMax } from "./limits.ts";
import { testAccount } from "./memory/test-account.ts";
import { evaluatePointer } from "./references.ts";

const context = { nowMs: 0, logger: new MemoryLogger() };
const core = ["urn:ietf:params:jmap:core"];

describe("requests (RFC 8620 §3)", () => {
  test("what is not a request, or names an unknown capability, is a problem of the whole request", async () => {
    const { backend } = testAccount();
    for (const request of [null, [], {}, { using: core, methodCalls: [["Core/echo", {}]] }, { using: [1] }]) {
      const reply = await handleApi(request, backend, context);
      expect(reply).toMatchObject({
        ok: false,
        problem: { type: "urn:ietf:params:jmap:error:notRequest", status: 400 },
      });
    }
    const reply = await handleApi({ using: ["urn:x"], methodCalls: [] }, backend, context);
    expect(reply).toMatchObject({ ok: false, problem: { type: "urn:ietf:params:jmap:error:unknownCapability" } });
    const calls = Array.from({ length: 33 }, () => ["Core/echo", {}, "c"]);
    expect(await handleApi({ using: core, methodCalls: calls }, backend, context)).toMatchObject({
      ok: false,
      problem: { limit: "maxCallsInRequest" },
    });
  });

  test("a method exists for a request that is using its capability, and for no other", async () => {
    const { backend } = testAccount();
    const calls = [
      ["Core/echo", {}, "1"],
      ["Mailbox/get", { accountId: "a", ids: [] }, "2"],
      ["Quota/get", { accountId: "a", ids: null }, "3"],
      ["Identity/get", { accountId: "a", ids: null }, "4"],
    ];
    const names = async (using: readonly string[]) => {
      const reply = await handleApi({ using: [...core, ...using], methodCalls: calls }, backend, context);
      if (!reply.ok) throw new Error(reply.problem.detail);
      return (reply.response["methodResponses"] as [string, { type?: string }][]).map(
        ([name, { type }]) => type ?? name,
      );
    };
    const none = "unknownMethod";
    expect(await names([])).toEqual(["Core/echo", none, none, none]);
    expect(await names(["urn:ietf:params:jmap:mail"])).toEqual(["Core/echo", "Mailbox/get", none, none]);
    expect(await names(["urn:ietf:params:jmap:quota", "urn:ietf:params:jmap:submission"])).toEqual([
      "Core/echo",
      none,
      "Quota/get",
      "Identity/get",
    ]);
  });

  test("more objects in one call than may be is refused, for that call alone", async () => {
    const { api } = testAccount();
    const ids = Array.from({ length: 501 }, (_, index) => `m${index}`);
    const [get, set, echo] = await api(
      ["Email/get", { accountId: "a", ids }, "1"],
      ["Email/set", { accountId: "a", destroy: ids }, "2"],
      ["Core/echo", {}, "3"],
    );
    expect(get).toMatchObject(["error", { type: "requestTooLarge" }, "1"]);
    expect(set).toMatchObject(["error", { type: "requestTooLarge" }, "2"]);
    expect(echo).toEqual(["Core/echo", {}, "3"]);
  });

  test("a failing call answers an error and the others go on", async () => {
    const { api } = testAccount();
    const answers = await api(
      ["Core/echo", { hello: true }, "1"],
      ["Nothing/get", {}, "2"],
      ["Mailbox/get", { accountId: "b" }, "3"],
      ["Mailbox/get", { accountId: "a", ids: ["b1"], properties: ["role"] }, "4"],
    );
    expect(answers[0]).toEqual(["Core/echo", { hello: true }, "1"]);
    expect(answers[1]).toMatchObject(["error", { type: "unknownMethod" }, "2"]);
    expect(answers[2]).toMatchObject(["error", { type: "accountNotFound" }, "3"]);
    expect(answers[3]).toMatchObject(["Mailbox/get", { list: [{ id: "b1", role: "inbox" }], notFound: [] }, "4"]);
  });

  test("what is broken here is answered as our failure and logged, of a call and of one object; what the client did wrong is not", async () => {
    const { api, account, append, logger } = testAccount();
    const id = await append("Subject: x\n\nciao");
    const broken = new Failure("corrupt", "blob.corrupt", "it fails its authentication");
    account.readMessage = () => Promise.reject(broken);
    account.createMailbox = () => Promise.reject(broken);
    const [read, made] = await api(
      ["Email/get", { accountId: "a", ids: [id], properties: ["bodyValues"], fetchTextBodyValues: true }, "1"],
      ["Mailbox/set", { accountId: "a", create: { m: { name: "M" } } }, "2"],
      ["Mailbox/get", { accountId: "nobody" }, "3"],
      ["Mailbox/set", { accountId: "a", create: { m: { name: "" } } }, "4"],
    );
    expect(read).toMatchObject(["error", { type: "serverFail", code: "blob.corrupt" }, "1"]);
    expect(made?.[1]).toMatchObject({ notCreated: { m: { type: "serverFail", code: "blob.corrupt" } } });
    expect(logger.events.map(({ level, event, error }) => [level, event, error])).toEqual([
      ["error", "jmap.server_fail", broken],
      ["error", "jmap.server_fail", broken],
    ]);
  });

  test("one request shows an inbox: query, emails, threads and their emails by back-reference", async () => {
    const { api, append } = testAccount();
    await append("Message-ID: <1@x>\nFrom: Anna <anna@x.it>\nSubject: Uno\n\nciao", { atMs: 1000 });
    await append("Message-ID: <2@x>\nIn-Reply-To: <1@x>\nSubject: Re: Uno\n\nciao a te", { atMs: 2000 });
    await append("Message-ID: <3@x>\nSubject: Due\n\naltro", { atMs: 3000 });
    const answers = await api(
      [
        "Email/query",
        { accountId: "a", filter: { inMailbox: "b1" }, collapseThreads: true, calculateTotal: true },
        "q",
      ],
      [
        "Email/get",
        { accountId: "a", "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, properties: ["threadId"] },
        "e",
      ],
      ["Thread/get", { accountId: "a", "#ids": { resultOf: "e", name: "Email/get", path: "/list/*/threadId" } }, "t"],
      [
        "Email/get",
        {
          accountId: "a",
          "#ids": { resultOf: "t", name: "Thread/get", path: "/list/*/emailIds" },
          properties: ["subject", "from", "preview"],
        },
        "m",
      ],
    );
    expect(answers[0]?.[1]).toMatchObject({ ids: ["e10", "e9"], total: 2, position: 0, canCalculateChanges: true });
    expect(answers[2]?.[1]).toMatchObject({ list: [{ emailIds: ["e10"] }, { emailIds: ["e7", "e9"] }] });
    expect(answers[3]?.[1]).toMatchObject({
      list: [
        { subject: "Due", preview: "altro" },
        { subject: "Uno", from: [{ name: "Anna", email: "anna@x.it" }] },
        { subject: "Re: Uno" },
      ],
    });
  });

  test("a wrong reference is invalidResultReference, a doubled argument invalidArguments", async () => {
    const { api } = testAccount();
    const reference = { resultOf: "0", name: "Core/echo", path: "/x" };
    const answers = await api(
      ["Core/echo", { y: 1 }, "0"],
      ["Email/get", { accountId: "a", "#ids": reference }, "1"],
      ["Email/get", { accountId: "a", "#ids": { ...reference, name: "Email/get" } }, "2"],
      ["Email/get", { accountId: "a", ids: [], "#ids": reference }, "3"],
    );
    expect(answers.map((answer) => answer[1]["type"])).toEqual([
      undefined,
      "invalidResultReference",
      "invalidResultReference",
      "invalidArguments",
    ]);
  });

  test("R60: a path of too many steps or characters is refused though the answer goes as deep", async () => {
    const { api } = testAccount();
    let nested: unknown = 1;
    for (let depth = 0; depth < 40; depth++) nested = [nested];
    const long = "x".repeat(1_000);
    const from = (path: string) => ({ "#y": { resultOf: "0", name: "Core/echo", path } });
    const answers = await api(
      ["Core/echo", { a: nested, [long]: 1, z: { [long.slice(3)]: 2 } }, "0"],
      ["Core/echo", from(`/a${"/0".repeat(31)}`), "1"],
      ["Core/echo", from(`/a${"/0".repeat(32)}`), "2"],
      ["Core/echo", from(`/a${"/*".repeat(32)}`), "3"],
      ["Core/echo", from(`/z/${long.slice(3)}`), "4"],
      ["Core/echo", from(`/${long}`), "5"],
    );
    expect(answers.map((answer) => answer[1]["type"])).toEqual([
      ...[undefined, undefined, "invalidResultReference", "invalidResultReference"],
      ...[undefined, "invalidResultReference"],
    ]);
  });

  test("R60: answers that hold earlier ones twice do not double without end, nor are a million items looked through at will", async () => {
    const { api } = testAccount();
    const whole = (of: number) => ({ resultOf: String(of), name: "Core/echo", path: "" });
    const doubled = Array.from({ length: 14 }, (_, nth) => [
      ...["Core/echo", { "#a": whole(nth), "#b": whole(nth) }, String(nth + 1)],
    ]) as [string, object, string][];
    const answers = await api(["Core/echo", { text: "x".repeat(1_000) }, "0"], ...doubled);
    expect(answers[1]?.[0]).toBe("Core/echo");
    expect(answers.at(-1)).toMatchObject(["error", { type: "invalidResultReference" }, "14"]);
    expect(JSON.stringify(answers).length).toBeLessThan(2 * referencedCharsMax);
    const empty = { resultOf: "0", name: "Core/echo", path: "/a/*/*" };
    const looks = Object.fromEntries(Array.from({ length: 50 }, (_, nth) => [`#x${nth}`, empty]));
    const [, looked] = await api(
      ["Core/echo", { a: Array.from({ length: 100_000 }, () => []) }, "0"],
      ["Core/echo", looks, "1"],
    );
    expect(looked).toMatchObject(["error", { type: "invalidResultReference" }, "1"]);
  });

  test("pointers follow RFC 6901 escapes and flatten one level at a star", () => {
    const document = { "a/b": { "m~n": [{ x: [1, 2] }, { x: [3] }] } };
    expect(evaluatePointer(document, "/a~1b/m~0n/*/x")).toEqual([1, 2, 3]);
    expect(evaluatePointer(document, "/a~1b/m~0n/1/x/0")).toBe(3);
    expect(() => evaluatePointer(document, "/a~1b/m~0n/01")).toThrow("not an index");
    expect(() => evaluatePointer(document, "/__proto__")).toThrow("no member");
  });
});
