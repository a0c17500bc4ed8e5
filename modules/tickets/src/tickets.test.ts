import { providerTenantId, utf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerAsOperator } from "./answer-ticket.ts";
import { setCause } from "./change-ticket.ts";
import { giveToTenant } from "./give-to-tenant.ts";
import { invariants, jobHandlers, receiveMail, ticketLimits } from "./index.ts";
import { replyAddress } from "./reply-address.ts";
import { countOverdue, selectTickets } from "./store.ts";
import { selectAttachments } from "./store-entries.ts";
import {
  clock,
  database,
  entriesOf,
  fresh,
  mail,
  operator,
  received,
  rossi,
  sent,
  services,
  supportAddress,
  verdi,
} from "./tickets.test-support.ts";

describe("mail to the support address", () => {
  test("R17 R18: a mail opens one ticket, and its number goes back in subject and text, in the customer's language", async () => {
    const { ticket } = await received({ subject: "La posta è ferma" });
    expect(ticket).toMatchObject({ tenantId: rossi, state: "open", channel: "mail", subject: "La posta è ferma" });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      to: "anna@rossi.test",
      language: "it",
      subject: `[#${ticket.number}] La posta è ferma`,
    });
    expect(sent[0]?.text).toContain(`#${ticket.number}`);
    const english = await received({ from: "ugo@verdi.test", subject: "Mail is down" });
    expect(sent[1]?.text).toMatch(/We received your request: it is ticket number #\d+/);
    expect(english.ticket.tenantId).toBe(verdi);
    expect(english.ticket.number).toBeGreaterThan(ticket.number);
  });

  test("R17: the same mail twice is one ticket and one confirmation", async () => {
    const bytes = mail({ subject: "Due volte" });
    const [first, second] = [await receiveMail(services, bytes), await receiveMail(services, bytes)];
    expect([first.kind, second.kind]).toEqual(["opened", "known"]);
    expect(sent).toHaveLength(1);
  });

  test("R17: whatever the bytes are, there is a ticket and never a crash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const { kind } = await receiveMail(services, bytes);
        expect(["opened", "known"]).toContain(kind);
      }),
      { numRuns: 25 },
    );
  });

  test("R20: an answer finds its ticket by our address, by the mail it answers, and by the number in its subject", async () => {
    const { ticket } = await received({ subject: "Filo" });
    const byAddress = await received({
      to: replyAddress(services.secret, supportAddress, ticket.number),
      subject: "un altro oggetto",
    });
    const byNumber = await received({ subject: `Re: [#${ticket.number}] Filo` });
    expect([byAddress, byNumber].map(({ kind, ticket: { number } }) => [kind, number])).toEqual([
      ["answered", ticket.number],
      ["answered", ticket.number],
    ]);
    const [opening] = await entriesOf(ticket);
    const byReference = await received({ subject: "Re: Filo", headers: [`In-Reply-To: ${opening?.messageId}`] });
    expect(byReference.ticket.number).toBe(ticket.number);
    expect(await entriesOf(ticket)).toHaveLength(4);
    expect(sent, "only the opening is confirmed").toHaveLength(1);
  });

  test("R20: a stranger, or another customer, who quotes a number or a mail opens a ticket of his own", async () => {
    const { ticket } = await received({ subject: "Riservato" });
    const [opening] = await entriesOf(ticket);
    for (const from of ["ugo@verdi.test", "stranger@elsewhere.test"]) {
      const quoted = await received({
        from,
        subject: `Re: [#${ticket.number}] Riservato`,
        headers: [`References: ${opening?.messageId}`],
      });
      expect(quoted.kind).toBe("opened");
      expect(quoted.ticket.tenantId).not.toBe(rossi);
    }
    const at = replyAddress(services.secret, supportAddress, ticket.number);
    const to = at.replace(/-[0-9a-f]/, (first) => (first === "-0" ? "-1" : "-0"));
    expect(to).not.toBe(at);
    const forged = await received({ from: "stranger@elsewhere.test", to, subject: "x" });
    expect(forged.kind).toBe("opened");
    expect(await entriesOf(ticket)).toHaveLength(1);
  });

  test("R20: who fails DMARC is nobody, whatever From says", async () => {
    const spoofed = await received({
      subject: "urgente",
      headers: ["Authentication-Results: mx.provider.test; dmarc=fail header.from=rossi.test"],
    });
    expect(spoofed.ticket.tenantId).toBe(providerTenantId);
    expect(sent).toHaveLength(0);
  });

  test("R20: vacation notices, bounces, lists and our own address get no answer, and loops end", async () => {
    const { ticket } = await received({ subject: "In ferie" });
    const answerTo = replyAddress(services.secret, supportAddress, ticket.number);
    for (const headers of [
      ["Auto-Submitted: auto-replied"],
      ["Precedence: bulk"],
      ["List-Id: <x.test>"],
      ["Return-Path: <>"],
    ]) {
      await received({ to: answerTo, subject: "Re: fuori ufficio", headers });
      await received({ from: "robot@elsewhere.test", subject: "allarme", headers });
    }
    expect(sent).toHaveLength(1);
    expect((await fresh(ticket)).state, "a machine's mail is no answer").toBe("open");
    for (const from of [supportAddress, "noreply@provider.test"])
      expect((await receiveMail(services, mail({ from }))).kind).toBe("own");
    for (let n = 0; n < 40; n++) await received({ from: "loop@elsewhere.test", subject: "ping" });
    expect(sent.filter(({ to }) => to === "loop@elsewhere.test")).toHaveLength(
      ticketLimits.automaticRepliesPerAddressMax,
    );
  });
});

describe("the desk", () => {
  test("R21: a stranger's ticket waits in quarantine; given away, words and files are the customer's alone", async () => {
    const attached = utf8(
      [
        "From: someone@new.test",
        `To: ${supportAddress}`,
        "Subject: con allegato",
        "Message-ID: <file@new.test>",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "eccolo",
        "--b",
        'Content-Type: image/svg+xml; name="../../logo.svg"',
        "Content-Disposition: attachment",
        "",
        "<svg onload='alert(1)'/>",
        "--b--",
        "",
      ].join("\r\n"),
    );
    const result = await receiveMail(services, attached);
    if (result.kind !== "opened") throw new Error(result.kind);
    expect(result.ticket.tenantId).toBe(providerTenantId);
    await giveToTenant(services, operator(), { ticketId: result.ticket.id, tenantId: verdi });
    const mine = await database.db.tenant(verdi, (tx) => selectTickets(tx, { order: "recent", count: 100 }));
    expect(mine.tickets.map(({ id }) => id)).toContain(result.ticket.id);
    const others = await database.db.tenant(rossi, (tx) => selectTickets(tx, { order: "recent", count: 100 }));
    expect(others.tickets.map(({ id }) => id)).not.toContain(result.ticket.id);
    const [file] = await database.db.tenant(verdi, (tx) => selectAttachments(tx, verdi, result.ticket.id));
    expect(file?.name).toBe("logo.svg");
    if (!file) return;
    expect(Buffer.from(await services.blobs.readAll(verdi, file.blobId)).toString()).toContain("<svg");
    await expect(
      giveToTenant(services, operator(), { ticketId: result.ticket.id, tenantId: rossi }),
    ).rejects.toMatchObject({
      code: "tickets.missing",
    });
  });

  test("R19: who owes an answer is reminded once for each term, then we stop waiting, and an answer opens it again", async () => {
    const { ticket } = await received({ subject: "Domanda" });
    await database.db.operator(async (tx) => {
      await answerAsOperator(tx, operator(), ticket, { body: "Quale dispositivo?", how: "ask" }, services);
    });
    const clockJob = jobHandlers(services).find(({ task }) => task === "tickets.clock");
    const tick = () =>
      clockJob?.run({}, { tenantId: null, attempt: 1, signal: AbortSignal.timeout(60_000), logger: services.logger });
    const heard: number[] = [];
    sent.length = 0;
    for (let day = 1; day <= 14; day++) {
      await clock.advance(ticketLimits.dayMs);
      await tick();
      await tick();
      heard.push(
        sent.filter(({ to, subject }) => to === "anna@rossi.test" && subject.includes(`${ticket.number}`)).length,
      );
    }
    expect(heard).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3]);
    expect((await fresh(ticket)).state).toBe("solved");
    const again = await received({ subject: `Re: [#${ticket.number}] Domanda`, text: "Il portatile." });
    expect([again.kind, (await fresh(ticket)).state]).toEqual(["answered", "open"]);
  });

  test("R26: improper use needs words and a second person, and only then reaches the customer", async () => {
    const { ticket } = await received({ subject: "Invio bloccato" });
    const [one, two] = [operator(), operator()];
    const cause = (who: ReturnType<typeof operator>, text: string) =>
      database.db.operator(async (tx) =>
        setCause(tx, who, await fresh(ticket), { cause: "improper_use", text }, services),
      );
    sent.length = 0;
    await expect(cause(one, " ")).rejects.toMatchObject({ code: "tickets.cause_text" });
    await cause(one, "Invio di posta non richiesta a 4.000 destinatari.");
    await expect(cause(one, "x")).rejects.toMatchObject({ code: "tickets.second_person" });
    expect(sent).toHaveLength(0);
    await cause(two, "");
    expect(sent[0]?.text).toContain("4.000 destinatari");
    expect(await fresh(ticket)).toMatchObject({ causeConfirmedBy: two.principalId });
  });

  test("a note stays inside, an answer goes out, and nothing is left broken", async () => {
    const { ticket } = await received({ subject: "Nota" });
    sent.length = 0;
    await database.db.operator((tx) =>
      answerAsOperator(tx, operator(), ticket, { body: "cliente arrabbiato", how: "note" }, services),
    );
    expect(sent).toHaveLength(0);
    // Of all open ones, whatever page they are on: late from the moment its answer was due, and no more once it has one.
    const dueMs = ticket.reactionDueAt.getTime();
    const late = (atMs: number) => database.db.operator((tx) => countOverdue(tx, new Date(atMs)));
    const before = await late(dueMs + 1);
    expect(await late(dueMs)).toBeLessThan(before);
    await database.db.operator((tx) =>
      answerAsOperator(tx, operator(), ticket, { body: "Ora funziona.", how: "solve" }, services),
    );
    expect(sent[0]?.text).toContain("Ora funziona.");
    expect(await late(dueMs + 1)).toBe(before - 1);
    for (const tenantId of [rossi, verdi, providerTenantId])
      for (const { check } of invariants) expect(await database.db.tenant(tenantId, check)).toEqual([]);
  });
});
