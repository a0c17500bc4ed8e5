import { Failure, fromUtf8, utf8 } from "@casaforte/kernel";
import { describe, expect, test } from "vitest";
import { readBlob } from "./blob-ids.ts";
import { queryIdsMax } from "./limits.ts";
import { testAccount } from "./memory/test-account.ts";

const nested = `From: =?utf-8?q?Ren=C3=A9?= <rene@x.fr>
To: "Rossi, Maria" <maria@example.it>, amici: a@x.it, B <b@x.it>;
Subject: =?utf-8?b?Q2l0dMOg?=
Date: Tue, 3 Mar 2026 10:00:00 +0100
References: <r1@x> <r2@x>
List-Unsubscribe: <https://x.it/u>, <mailto:u@x.it>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=A

--A
Content-Type: multipart/alternative; boundary=B

--B
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Citt=C3=A0
--B
Content-Type: multipart/related; boundary=C

--C
Content-Type: text/html; charset=iso-8859-1

<p>Citt\u00e0</p>
--C
Content-Type: image/png; name=logo.png
Content-ID: <logo@x>
Content-Transfer-Encoding: base64
Content-Disposition: inline; filename=logo.png

iVBORw==
--C--
--B--
--A
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''Citt%C3%A0.pdf
Content-Transfer-Encoding: base64

JVBERg==
--A--
`;

describe("Email/get (RFC 8621 §4.2)", () => {
  test("bodies are decomposed into text, HTML and attachments, and part blobs hold decoded bytes", async () => {
    const { account, api } = testAccount();
    const bytes = Uint8Array.from([...nested.replaceAll("\n", "\r\n")].map((char) => char.charCodeAt(0)));
    const id = (await account.createEmail({ bytes, mailboxIds: ["b1"], keywords: ["$Seen"] })).id;
    const [answer] = await api([
      "Email/get",
      {
        accountId: "a",
        ids: [id, "zz"],
        properties: [
          "subject",
          "from",
          "sentAt",
          "keywords",
          "references",
          "textBody",
          "htmlBody",
          "attachments",
          "bodyValues",
          "header:List-Unsubscribe:asURLs",
          "header:To:asGroupedAddresses",
          "header:X-None",
        ],
        bodyProperties: ["partId", "blobId", "type", "name", "cid", "size"],
        fetchTextBodyValues: true,
        fetchHTMLBodyValues: true,
      },
      "c",
    ]);
    expect(answer?.[1]).toMatchObject({
      notFound: ["zz"],
      list: [
        {
          subject: "Città",
          from: [{ name: "René", email: "rene@x.fr" }],
          sentAt: "2026-03-03T10:00:00+01:00",
          keywords: { $seen: true },
          references: ["r1@x", "r2@x"],
          textBody: [{ partId: "1.1", type: "text/plain" }],
          htmlBody: [{ partId: "1.2.1", type: "text/html" }],
          attachments: [
            { partId: "1.2.2", cid: "logo@x", name: "logo.png", size: 4 },
            { partId: "2", blobId: `M${id}_2`, name: "Città.pdf", size: 4 },
          ],
          bodyValues: {
            "1.1": { value: "Città", isEncodingProblem: false, isTruncated: false },
            "1.2.1": { value: "<p>Città</p>" },
          },
          "header:List-Unsubscribe:asURLs": ["https://x.it/u", "mailto:u@x.it"],
          "header:To:asGroupedAddresses": [
            { name: null, addresses: [{ name: "Rossi, Maria", email: "maria@example.it" }] },
            { name: "amici", addresses: [{ email: "a@x.it" }, { name: "B", email: "b@x.it" }] },
          ],
          "header:X-None": null,
        },
      ],
    });
    const blob = await readBlob(account, `M${id}_2`);
    expect(blob).toMatchObject({ type: "application/pdf" });
    expect(fromUtf8(blob?.bytes ?? utf8(""))).toBe("%PDF");
    expect(await readBlob(account, `M${id}_9`)).toBeNull();
    expect(await readBlob(account, "Mother.1")).toBeNull();
  });

  test("bodyValues are cut between characters", async () => {
    const { api, append } = testAccount();
    const id = await append("Subject: x\nContent-Type: text/plain; charset=utf-8\n\nab");
    const [answer] = await api([
      "Email/get",
      { accountId: "a", ids: [id], properties: ["bodyValues"], fetchTextBodyValues: true, maxBodyValueBytes: 1 },
      "c",
    ]);
    expect(answer?.[1]).toMatchObject({ list: [{ bodyValues: { "1": { value: "a", isTruncated: true } } }] });
  });
});

describe("Email/query (RFC 8621 §4.4)", () => {
  test("tells the limit it used where none was asked for or a larger one, and else is silent", async () => {
    const { api, append } = testAccount();
    await append("Subject: x\n\nx");
    const limitFor = async (args: object) =>
      (await api(["Email/query", { accountId: "a", ...args }, "c"]))[0]?.[1]["limit"];
    expect(await limitFor({})).toBe(queryIdsMax);
    expect(await limitFor({ limit: queryIdsMax + 1 })).toBe(queryIdsMax);
    expect(await limitFor({ limit: 1 })).toBeUndefined();
  });
});

describe("SearchSnippet/get (RFC 8621 §5)", () => {
  test("marks what is looked for, escaped, and nothing that must not be there", async () => {
    const { api, append } = testAccount();
    const id = await append("Subject: <One> two\n\ntwo three");
    const snippets = async (filter: object) => {
      const [answer] = await api(["SearchSnippet/get", { accountId: "a", emailIds: [id], filter }, "c"]);
      return (answer?.[1]["list"] as unknown[] | undefined)?.[0];
    };
    expect(await snippets({ text: "two <one>" })).toEqual({
      emailId: id,
      subject: "<mark>&lt;One&gt;</mark> <mark>two</mark>",
      preview: "<mark>two</mark> three",
    });
    const without = {
      operator: "NOT",
      conditions: [{ text: "two" }, { operator: "OR", conditions: [{ body: "one" }] }],
    };
    expect(await snippets({ operator: "AND", conditions: [{ text: "three" }, without] })).toEqual({
      emailId: id,
      subject: null,
      preview: "two <mark>three</mark>",
    });
  });
});

describe("SearchSnippet/get of bodies (RFC 8621 §5)", () => {
  const setUp = () => {
    const { api, append, account, logger } = testAccount();
    const snippets = async (emailIds: readonly string[], filter: object) => {
      const [answer] = await api(["SearchSnippet/get", { accountId: "a", emailIds, filter }, "c"]);
      return ((answer?.[1]["list"] ?? []) as { preview: string | null }[]).map(({ preview }) => preview);
    };
    return { append, account, logger, snippets };
  };
  const long = "parola ".repeat(200);

  test("shows the first match behind the preview, with a few words before it, in 255 octets at most", async () => {
    const { append, snippets } = setUp();
    const id = await append(`Subject: x\n\n${long}prima del <Tesoro> & dopo ${"è".repeat(400)} tesoro`);
    const [preview] = await snippets([id], { body: "tesoro" });
    expect(preview).toMatch(/^(?:parola )+prima del &lt;<mark>Tesoro<\/mark>&gt; &amp; dopo è+$/);
    expect(Buffer.byteLength(preview ?? "")).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(preview ?? "")).toBeGreaterThan(250);
    expect(await snippets([id], { subject: "tesoro" })).toEqual([null]);
    expect(await snippets([id], { text: "assente" })).toEqual([null]);
  });

  test("reads HTML as text, and neither attachments nor what is not shown", async () => {
    const { append, snippets } = setUp();
    const id = await append(
      `Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p title="celato">${long}un <b>tes</b>oro</p>\n` +
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nallegato\n--b--\n",
    );
    const [found] = await snippets([id], { text: "TESORO" });
    expect(found).toMatch(/un <mark>tesoro<\/mark>$/);
    for (const text of ["celato", "allegato", "<p"]) expect(await snippets([id], { text })).toEqual([null]);
  });

  test("opens ten million octets of messages in one call, and no more", async () => {
    const { append, account, snippets } = setUp();
    const ids = [await append(`Subject: x\n\n${long}`), await append(`Subject: x\n\n${long}tesoro`), await append("x")];
    const emails = account.emails.bind(account);
    account.emails = async (asked) => (await emails(asked)).map((email) => ({ ...email, size: 5_000_000 }));
    const opened: string[] = [];
    const read = account.readMessage.bind(account);
    account.readMessage = (id) => {
      opened.push(id);
      return read(id);
    };
    expect((await snippets(ids, { body: "tesoro" })).map((preview) => preview !== null)).toEqual([false, true, false]);
    expect(opened).toEqual(ids.slice(0, 2));
  });

  test.each([
    [new Failure("corrupt", "blob.corrupt", "it fails its authentication"), ["jmap.body_unread"]],
    [new Failure("not_found", "mailbox.message_not_found", "gone meanwhile"), []],
  ])("one message that cannot be read has no snippet and costs no other its own: %s", async (failure, logged) => {
    const { append, account, logger, snippets } = setUp();
    const text = `Subject: x\n\n${long}tesoro`;
    const ids = [await append(text), await append(text), await append(text), await append(text)];
    const read = account.readMessage.bind(account);
    account.readMessage = async (id) => {
      if (id === ids[1] || id === ids[2]) throw failure;
      return read(id);
    };
    const found = await snippets(ids, { body: "tesoro" });
    expect(found.map((preview) => preview?.includes("<mark>tesoro</mark>") ?? null)).toEqual([true, null, null, true]);
    expect(logger.events.map(({ event }) => event)).toEqual(logged);
  });
});

describe("Email/set (RFC 8621 §4.6)", () => {
  test("a patch that says two things of one set, or neither yes nor no, changes nothing", async () => {
    const { api, append } = testAccount();
    const id = await append("Subject: x\n\nx");
    for (const patch of [
      { keywords: { a: true }, "keywords/b": true },
      { "mailboxIds/b2": 1 },
      { "keywords/a": true, "mailboxIds/b2": "yes" },
    ]) {
      const [answer, after] = await api(
        ["Email/set", { accountId: "a", update: { [id]: patch } }, "1"],
        ["Email/get", { accountId: "a", ids: [id], properties: ["keywords", "mailboxIds"] }, "2"],
      );
      expect(answer?.[1]).toMatchObject({ notUpdated: { [id]: { type: "invalidPatch" } } });
      expect(after?.[1]).toMatchObject({ list: [{ keywords: {}, mailboxIds: { b1: true } }] });
    }
  });

  test("patches keywords and mailboxes, and refuses one bad object without the others", async () => {
    const { api, append } = testAccount();
    const id = await append("Subject: x\n\nx");
    const [answer, after] = await api(
      [
        "Email/set",
        {
          accountId: "a",
          update: {
            [id]: { "keywords/$Flagged": true, "mailboxIds/b4": true, "mailboxIds/b1": null },
            zz: { "keywords/$seen": true },
            bad: { subject: "new" },
          },
        },
        "1",
      ],
      ["Email/get", { accountId: "a", ids: [id], properties: ["keywords", "mailboxIds"] }, "2"],
    );
    expect(answer?.[1]).toMatchObject({
      updated: { [id]: null },
      notUpdated: { zz: { type: "notFound" }, bad: { type: "invalidProperties", properties: ["subject"] } },
    });
    expect(after?.[1]).toMatchObject({ list: [{ keywords: { $flagged: true }, mailboxIds: { b4: true } }] });
  });

  test("an email may not leave its last mailbox, and ifInState guards", async () => {
    const { api, append } = testAccount();
    const id = await append("Subject: x\n\nx");
    const [left, guarded] = await api(
      ["Email/set", { accountId: "a", update: { [id]: { "mailboxIds/b1": null } } }, "1"],
      ["Email/set", { accountId: "a", ifInState: "0", destroy: [id] }, "2"],
    );
    expect(left?.[1]).toMatchObject({ notUpdated: { [id]: { type: "invalidProperties" } } });
    expect(guarded).toMatchObject(["error", { type: "stateMismatch" }, "2"]);
  });

  test("a header value with a line break never becomes a header", async () => {
    const { api } = testAccount();
    const draft = { mailboxIds: { b2: true }, bodyValues: { t: { value: "x" } }, textBody: [{ partId: "t" }] };
    const [answer] = await api([
      "Email/set",
      {
        accountId: "a",
        create: {
          subject: { ...draft, subject: "x\r\nBcc: all@x.it" },
          address: { ...draft, to: [{ email: "a@x.it>\r\nBcc: all@x.it" }] },
          header: { ...draft, "header:X-Note": "x\nBcc: y" },
          structural: { ...draft, "header:Content-Type": "text/html" },
        },
      },
      "1",
    ]);
    expect(Object.keys(answer?.[1]["notCreated"] as object)).toEqual(["subject", "address", "header", "structural"]);
  });

  test("create a draft, send it held back, move it to Sent, and take it back while it waits", async () => {
    const { api, clock, sent } = testAccount();
    const answers = await api(
      [
        "Email/set",
        {
          accountId: "a",
          create: {
            d: {
              mailboxIds: { b2: true },
              keywords: { $draft: true },
              from: [{ email: "maria@example.it" }],
              to: [{ email: "anna@x.it" }],
              subject: "Ciao",
              bodyValues: { t: { value: "Ciao Anna" } },
              textBody: [{ partId: "t", type: "text/plain" }],
            },
          },
        },
        "1",
      ],
      [
        "EmailSubmission/set",
        {
          accountId: "a",
          create: {
            s: {
              identityId: "i1",
              emailId: "#d",
              envelope: {
                mailFrom: { email: "maria@example.it", parameters: { HOLDFOR: "10" } },
                rcptTo: [{ email: "anna@x.it" }],
              },
            },
          },
          onSuccessUpdateEmail: { "#s": { "mailboxIds/b2": null, "mailboxIds/b3": true, "keywords/$draft": null } },
        },
        "2",
      ],
    );
    expect(answers.map((answer) => answer[0])).toEqual(["Email/set", "EmailSubmission/set", "Email/set"]);
    const created = answers[1]?.[1]["created"] as { s: { id: string; undoStatus: string } };
    expect(created.s.undoStatus).toBe("pending");
    expect(sent).toEqual([]);
    const { id } = created.s;
    const cancel = [
      "EmailSubmission/set",
      { accountId: "a", update: { [id]: { undoStatus: "canceled" } } },
      "3",
    ] as const;
    expect((await api(cancel))[0]?.[1]).toMatchObject({ updated: { [id]: null } });
    clock.advance(60_000);
    expect((await api(cancel))[0]?.[1]).toMatchObject({ notUpdated: { [id]: { type: "cannotUnsend" } } });
  });
});

describe("Email/query (RFC 8621 §4.4)", () => {
  test("filters nest, sorts, and windows by position, from the end and around an anchor", async () => {
    const { api, append } = testAccount();
    const ids: string[] = [];
    for (let index = 0; index < 6; index++) {
      const subject = index % 2 === 0 ? "fattura" : "saluti";
      ids.push(
        await append(`Message-ID: <${index}@x>\nFrom: p${5 - index}@x.it\nSubject: ${subject} ${index}\n\ncorpo`, {
          atMs: index * 1000,
          keywords: index < 3 ? ["$seen"] : [],
        }),
      );
    }
    const query = async (args: object) =>
      (await api(["Email/query", { accountId: "a", ...args }, "q"]))[0]?.[1] as Record<string, unknown>;
    const at = (...indexes: number[]) => indexes.map((index) => ids[index]);
    expect((await query({}))["ids"]).toEqual(at(5, 4, 3, 2, 1, 0));
    const filter = {
      operator: "AND",
      conditions: [{ subject: "fattura" }, { operator: "NOT", conditions: [{ hasKeyword: "$SEEN" }] }],
    };
    expect((await query({ filter }))["ids"]).toEqual(at(4));
    expect((await query({ sort: [{ property: "from", isAscending: true }] }))["ids"]).toEqual(at(5, 4, 3, 2, 1, 0));
    expect(await query({ position: -2, calculateTotal: true })).toMatchObject({ ids: at(1, 0), position: 4, total: 6 });
    expect(await query({ anchor: ids[3], anchorOffset: -1, limit: 2 })).toMatchObject({ ids: at(4, 3), position: 1 });
    expect(await query({ anchor: "zz" })).toMatchObject({ type: "anchorNotFound" });
    expect(await query({ filter: { mood: "good" } })).toMatchObject({ type: "unsupportedFilter" });
    expect(await query({ sort: [{ property: "mood" }] })).toMatchObject({ type: "unsupportedSort" });
  });
});
