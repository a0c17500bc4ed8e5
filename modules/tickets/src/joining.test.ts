import { newId, providerTenantId, type TenantId, utf8 } from "@casaforte/kernel";
import { describe, expect, test } from "vitest";
import { addEntry } from "./add-entry.ts";
import { answerAsOperator } from "./answer-ticket.ts";
import { giveToTenant } from "./give-to-tenant.ts";
import { invariants, receiveMail, ticketsOfPerson } from "./index.ts";
import { ticketLimits } from "./limits.ts";
import { answerLinked, linkNotice, sendLinkedAnswer } from "./link-notice.ts";
import { mergeTickets } from "./merge-tickets.ts";
import { replyAddress } from "./reply-address.ts";
import { selectTickets } from "./store.ts";
import { selectAttachments, selectEntries } from "./store-entries.ts";
import { countLinked } from "./store-links.ts";
import {
  clock,
  database,
  fresh,
  notices,
  operator,
  people,
  random,
  received,
  rossi,
  sent,
  services,
  supportAddress,
  verdi,
  worker,
} from "./tickets.test-support.ts";
import type { LinkedAnswerId, Ticket } from "./types.ts";

const merge = (into: Ticket, from: Ticket, tenantId = into.tenantId) =>
  database.db.operator((tx) => mergeTickets(tx, operator(), { tenantId, into: into.id, from: from.id }, services));
const answer = (ticket: Ticket, body: string, how: "reply" | "ask" | "solve" | "note" = "reply") =>
  database.db.operator(async (tx) => answerAsOperator(tx, operator(), await fresh(ticket), { how, body }, services));
/** In order: words that somebody said, and the number that they came to. */
const thread = (ticket: Ticket) =>
  database.db.operator(async (tx) =>
    (await selectEntries(tx, ticket.tenantId, ticket.id)).entries.map(({ number, body }) => [number, body]),
  );
/** Opened one after the other, at times of their own. */
async function opened(parts: Parameters<typeof received>[0]): Promise<Ticket> {
  await clock.advance(1_000);
  return (await received(parts)).ticket;
}
async function nothingIsBroken(): Promise<void> {
  for (const tenantId of [rossi, verdi, providerTenantId])
    for (const { check } of invariants) expect(await database.db.tenant(tenantId, check)).toEqual([]);
}

describe("two requests made one", () => {
  test("O6: words, files and notes of both are read in order of time under one number, and the customer is told once", async () => {
    const first = await opened({ subject: "Posta ferma", text: "prima" });
    const second = await opened({ subject: "Ancora ferma", text: "seconda" });
    await clock.advance(1_000);
    await answer(second, "nota", "note");
    await clock.advance(1_000);
    await answer(first, "guardiamo", "ask");
    sent.length = 0;
    const after = await merge(first, second);
    expect(await thread(first)).toEqual([
      [first.number, "prima"],
      [second.number, "seconda"],
      [second.number, "nota"],
      [first.number, "guardiamo"],
    ]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ to: "anna@rossi.test", subject: `[#${first.number}] Posta ferma` });
    expect(sent[0]?.text).toContain(`I ticket #${second.number} e #${first.number} riguardano la stessa cosa`);
    expect(sent[0]?.text).toContain(`/tickets/${first.id}`);
    // The second waited for us, so does what became of both; and what was promised to it still holds.
    expect(after).toMatchObject({ state: "open", waitingSince: null, reactedAt: null });
    expect(after.reactionDueAt).toEqual(second.reactionDueAt);
    expect(await fresh(second)).toMatchObject({
      state: "closed",
      mergedInto: first.id,
      mergedNumber: first.number,
    });
    const found = await database.db.operator((tx) =>
      selectTickets(tx, { states: ["open"], search: `#${second.number}`, order: "due", count: 10 }),
    );
    expect(found.tickets.map(({ number }) => number)).toEqual([first.number]);
    await nothingIsBroken();
  });

  test("R20: O6, mail to either number, to either reply address, or that answers a mail of either, comes to the one that goes on", async () => {
    const first = await opened({ subject: "Uno" });
    const second = await opened({ subject: "Due" });
    const confirmation = sent.find(({ subject }) => subject.startsWith(`[#${second.number}]`));
    const third = await opened({ subject: "Tre" });
    await merge(second, third);
    await merge(first, second);
    for (const [index, parts] of [
      { subject: `Re: [#${second.number}] Due` },
      { subject: `Re: [#${third.number}] Tre` },
      { subject: "altro", to: replyAddress(services.secret, supportAddress, second.number) },
      { subject: "altro", to: replyAddress(services.secret, supportAddress, first.number) },
      { subject: "Re: Due", headers: [`In-Reply-To: ${confirmation?.id}`] },
      { subject: "Re: uniti", headers: [`In-Reply-To: ${sent.at(-1)?.id}`] },
    ].entries()) {
      await clock.advance(1_000);
      const came = await received({ ...parts, text: `risposta ${index}` });
      expect([came.kind, came.ticket.number]).toEqual(["answered", first.number]);
      expect((await thread(first)).at(-1)).toEqual([first.number, `risposta ${index}`]);
    }
    expect(await fresh(third)).toMatchObject({ mergedInto: first.id, state: "closed" });
    await nothingIsBroken();
  });

  test("O6: a colleague whose request became part of it is told, hears what is answered, and may answer", async () => {
    const mine = await opened({ subject: "Mia", text: "di Anna" });
    const theirs = await opened({ from: "bruno@rossi.test", subject: "Sua", text: "di Bruno" });
    sent.length = 0;
    await merge(mine, theirs);
    expect(sent.map(({ to }) => to)).toEqual(["anna@rossi.test", "bruno@rossi.test"]);
    sent.length = 0;
    await clock.advance(1_000);
    await answer(mine, "per entrambi");
    expect(sent.map(({ to }) => to)).toEqual(["anna@rossi.test", "bruno@rossi.test"]);
    const came = await received({
      from: "bruno@rossi.test",
      subject: "Re",
      headers: [`In-Reply-To: ${sent[1]?.id}`],
    });
    expect([came.kind, came.ticket.number]).toEqual(["answered", mine.number]);
    const bruno = { principalId: people.get("bruno@rossi.test")?.principalId ?? operator().principalId };
    const copy = await database.db.tenant(rossi, (tx) =>
      ticketsOfPerson(tx, { ...bruno, address: "bruno@rossi.test" }),
    );
    const words = copy.flatMap(({ entries }) => entries.map(({ body }) => body));
    expect(words).toEqual(expect.arrayContaining(["di Bruno", "per entrambi"]));
    expect(words).not.toContain("di Anna");
  });

  test("R17: O6, thirty colleagues whose requests became one: each merge is told to the two it concerns, and the last answer is read and reaches all", async () => {
    const mine = await opened({ subject: "Ferma", text: "prima" });
    const colleagues: string[] = [];
    for (let number = 1; number < 30; number++) {
      const from = `persona${number}@rossi.test`;
      people.set(from, { tenantId: rossi, principalId: newId(clock, random) });
      colleagues.push(from);
      const theirs = await opened({ from, subject: "Ferma anche da me" });
      sent.length = 0;
      await merge(mine, theirs);
      expect(sent.map(({ to }) => to)).toEqual(["anna@rossi.test", from]);
    }
    // Each answer is as many mails, and only one thing said.
    for (let round = 1; round <= 16; round++) {
      sent.length = 0;
      await clock.advance(1_000);
      await answer(mine, `risposta ${round}`);
    }
    expect(sent.map(({ to }) => to).toSorted()).toEqual(["anna@rossi.test", ...colleagues].toSorted());
    const said = await thread(mine);
    expect([said.length, said[0], said.at(-1)]).toEqual([46, [mine.number, "prima"], [mine.number, "risposta 16"]]);
  });

  test("R17: O6, of more than is shown at once the newest are shown, in order, and that older ones are left out", async () => {
    const ticket = await opened({ subject: "Lunga", text: "la prima" });
    const entry = { author: "operator", authorId: null, authorAddress: "" } as const;
    const add = async (body: string) => {
      await clock.advance(1);
      await database.db.operator((tx) => addEntry(tx, ticket, { ...entry, body }, services));
    };
    const seen = () => database.db.operator((tx) => selectEntries(tx, ticket.tenantId, ticket.id));
    for (let number = 2; number <= ticketLimits.entriesMax; number++) await add(`la ${number}`);
    const all = await seen();
    expect([all.hasOlder, all.entries.length, all.entries[0]?.body]).toEqual([false, 500, "la prima"]);
    await add("l'ultima");
    const newest = await seen();
    expect([newest.hasOlder, newest.entries.length]).toEqual([true, 500]);
    expect([newest.entries[0]?.body, newest.entries.at(-1)?.body]).toEqual(["la 2", "l'ultima"]);
  });

  test("O6: never twice, never itself, never what has ended, never another customer's or stranger's", async () => {
    const first = await opened({ subject: "A" });
    const second = await opened({ subject: "B" });
    const foreign = await opened({ from: "ugo@verdi.test", subject: "C" });
    const ended = await opened({ subject: "D" });
    await answer(ended, "fatto", "solve");
    const stranger = await opened({ from: "one@elsewhere.test", subject: "E" });
    const other = await opened({ from: "two@elsewhere.test", subject: "F" });
    const again = await opened({ from: "One@Elsewhere.test", subject: "G" });
    sent.length = 0;
    await expect(merge(first, first)).rejects.toMatchObject({ code: "tickets.same" });
    await expect(merge(first, ended)).rejects.toMatchObject({ code: "tickets.ended" });
    await expect(merge(first, foreign)).rejects.toMatchObject({ code: "tickets.missing" });
    await expect(merge(first, foreign, verdi)).rejects.toMatchObject({ code: "tickets.missing" });
    await expect(merge(stranger, other)).rejects.toMatchObject({ code: "tickets.other_stranger" });
    expect(sent).toHaveLength(0);
    await merge(stranger, again);
    await merge(first, second);
    await expect(merge(first, second)).rejects.toMatchObject({ code: "tickets.merged" });
    await expect(merge(second, first)).rejects.toMatchObject({ code: "tickets.merged" });
    await nothingIsBroken();
  });

  test("R21: O6, the database itself refuses a merge across customers, a chain and a cycle", async () => {
    const [first, second, third] = [
      await opened({ subject: "A" }),
      await opened({ subject: "B" }),
      await opened({ subject: "C" }),
    ];
    const foreign = await opened({ from: "ugo@verdi.test", subject: "D" });
    const set = (from: Ticket, into: Ticket) =>
      database.db.operator(
        (tx) => tx.sql`update tickets_tickets set state = 'closed', merged_into = ${into.id}, merged_at = now(),
          is_survivor = false, into_survivor = true where tenant_id = ${from.tenantId} and id = ${from.id}`,
      );
    await expect(set(first, foreign)).rejects.toThrow(/tickets_merged_into/);
    await expect(set(first, first)).rejects.toThrow(/tickets_merged/);
    await merge(second, third);
    await expect(set(second, first), "its own are left behind").rejects.toThrow(/tickets_merged/);
    await expect(set(first, third), "a link in a chain").rejects.toThrow(/tickets_merged_into/);
  });

  test("O6: of two who merge the same two at once, either way round, one does and the other is told", async () => {
    for (let round = 0; round < 5; round++) {
      const first = await opened({ subject: "A" });
      const second = await opened({ subject: "B" });
      const results = await Promise.allSettled([merge(first, second), merge(second, first), merge(first, second)]);
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results)
        if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "tickets.merged" });
    }
    await nothingIsBroken();
  });

  test("R21: a stranger's two requests given to a customer go together, files too; one alone that was merged does not", async () => {
    const first = await opened({ from: "new@elsewhere.test", subject: "A" });
    await clock.advance(1_000);
    const came = await receiveMail(
      services,
      utf8(
        `From: new@elsewhere.test\r\nTo: ${supportAddress}\r\nSubject: B\r\nMessage-ID: <with-file@elsewhere.test>\r\nContent-Type: text/plain; name="log.txt"\r\nContent-Disposition: attachment; filename="log.txt"\r\n\r\nrighe\r\n`,
      ),
    );
    if (came.kind !== "opened") throw new Error(came.kind);
    await merge(first, came.ticket);
    const give = (ticket: Ticket) => giveToTenant(services, operator(), { ticketId: ticket.id, tenantId: verdi });
    await expect(give(came.ticket)).rejects.toMatchObject({ code: "tickets.merged" });
    await give(first);
    for (const ticket of [first, came.ticket]) expect((await fresh(ticket)).tenantId).toBe(verdi);
    const [file] = await database.db.tenant(verdi, (tx) => selectAttachments(tx, verdi, first.id));
    if (!file) throw new Error("the file stayed behind");
    expect(Buffer.from(await services.blobs.readAll(verdi, file.blobId)).toString()).toContain("righe");
    await nothingIsBroken();
  });
});

describe("requests about an incident", () => {
  function notice(concerned: readonly TenantId[] = [rossi]) {
    const id = newId<LinkedAnswerId>(clock, random);
    const about = { id, kind: "incident", titleIt: "Posta lenta", titleEn: "Slow mail", concerned } as const;
    notices.set(id, { ...about, state: "identified", closedAt: null });
    return {
      id,
      end: () => notices.set(id, { ...about, state: "resolved", closedAt: new Date(clock.nowMs()) }),
    };
  }
  const link = (ticket: Ticket, id: string) =>
    database.db.operator(async (tx) =>
      linkNotice(tx, operator(), await fresh(ticket), await services.noticeOf(tx, id)),
    );
  const counted = (id: string) =>
    database.db.operator(async (tx) => (await countLinked(tx)).find(({ noticeId }) => noticeId === id));
  const texts = { textIt: "La posta è di nuovo veloce.", textEn: "Mail is fast again." };
  const answerAll = (id: string) =>
    database.db.operator(async (tx) => {
      const about = await services.noticeOf(tx, id);
      if (!about) throw new Error("no notice");
      return answerLinked(tx, operator(), { notice: about, ...texts }, services);
    });

  test("O6: when it is over, each live request about it gets one ordinary answer in its language, however often it is asked for", async () => {
    const { id, end } = notice();
    const one = await opened({ subject: "Lenta" });
    const two = await opened({ from: "ugo@verdi.test", subject: "Slow" });
    const done = await opened({ subject: "Già risolta" });
    const apart = await opened({ subject: "Altro" });
    for (const ticket of [one, two, done]) await link(ticket, id);
    await answer(done, "a posto", "solve");
    expect(await counted(id)).toMatchObject({ linked: 3, live: 2 });
    await expect(answerAll(id)).rejects.toMatchObject({ code: "tickets.notice_live" });
    end();
    sent.length = 0;
    expect([await answerAll(id), await answerAll(id)]).toEqual([2, 2]);
    await worker.drain();
    expect(sent.map(({ to, text }) => [to, text.split("\n")[0]])).toEqual([
      ["anna@rossi.test", texts.textIt],
      ["ugo@verdi.test", texts.textEn],
    ]);
    for (const ticket of [one, two]) expect((await fresh(ticket)).state).toBe("solved");
    expect((await fresh(apart)).state).toBe("open");
    expect(await counted(id)).toMatchObject({ linked: 3, live: 0 });
  });

  test("R24: O6, who opens it again after the answer is not told the same again when the job runs anew", async () => {
    const { id, end } = notice();
    const ticket = await opened({ subject: "Ancora lenta" });
    await link(ticket, id);
    end();
    await answerAll(id);
    await worker.drain();
    await received({ subject: `Re: [#${ticket.number}] Ancora lenta`, text: "no" });
    sent.length = 0;
    const [row] = await database.db.operator(
      (tx) => tx.sql<{ id: LinkedAnswerId }[]>`select id from tickets_linked_answers where notice_id = ${id}`,
    );
    if (!row) throw new Error("nothing was promised");
    await sendLinkedAnswer(services, row.id, AbortSignal.timeout(60_000));
    expect(sent).toHaveLength(0);
    expect((await fresh(ticket)).state).toBe("open");
  });

  test("R24: O6, who cannot be written to, and what goes wrong with one request, keep no other from its answer", async () => {
    const { id, end } = notice();
    // Before the others, so that they come after it.
    const nobody = await opened({ from: "root@localhost", subject: "Disk" });
    const erased = await opened({ from: "erased-1@erased.invalid", subject: "Post" });
    const mine = await opened({ subject: "Lenta" });
    const other = await opened({ from: "ugo@verdi.test", subject: "Slow" });
    for (const ticket of [nobody, erased, mine, other]) await link(ticket, id);
    end();
    await answerAll(id);
    const [row] = await database.db.operator(
      (tx) => tx.sql<{ id: LinkedAnswerId }[]>`select id from tickets_linked_answers where notice_id = ${id}`,
    );
    if (!row) throw new Error("nothing was promised");
    sent.length = 0;
    const fails: typeof services = {
      ...services,
      sendMail: async (tx, mail) => {
        if (mail.to === "anna@rossi.test") throw new Error("the mail flow is out of order");
        return services.sendMail(tx, mail);
      },
    };
    await expect(sendLinkedAnswer(fails, row.id, AbortSignal.timeout(60_000))).rejects.toMatchObject({
      ...{ code: "tickets.unanswered", details: { failed: 1 } },
    });
    const states = async () => {
      const found = [];
      for (const ticket of [nobody, erased, mine, other]) found.push((await fresh(ticket)).state);
      return found;
    };
    expect(await states()).toEqual(["solved", "solved", "open", "solved"]);
    expect(await thread(nobody)).toContainEqual([nobody.number, texts.textIt]);
    // Tried again, it answers the one that is left.
    await sendLinkedAnswer(services, row.id, AbortSignal.timeout(60_000));
    expect(await states()).toEqual(["solved", "solved", "solved", "solved"]);
    expect(sent.map(({ to }) => to)).toEqual(["ugo@verdi.test", "anna@rossi.test"]);
  });

  test("O6: what a merged request was about, the one that goes on is about, and counts once", async () => {
    const { id } = notice();
    const first = await opened({ subject: "A" });
    const second = await opened({ subject: "B" });
    await link(second, id);
    await merge(first, second);
    expect((await fresh(first)).noticeId).toBe(id);
    expect(await counted(id)).toMatchObject({ linked: 1, live: 1 });
    await expect(link(second, id)).rejects.toMatchObject({ code: "tickets.merged" });
  });
});
