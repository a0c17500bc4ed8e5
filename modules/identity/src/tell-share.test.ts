import { expect, test } from "vitest";
import { startIdentityBench } from "./identity-bench.test-support.ts";
import { renderSystemMail } from "./mail-templates.ts";

test("R12: a mailbox and its recovery address are told in their person's language of a share, in nothing of whose folder is a link", async () => {
  await using bench = await startIdentityBench();
  const tenantId = await bench.newTenant();
  const principalId = await bench.newPerson(tenantId, "owner@posta.test", { realm: "mail" });
  await bench.database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`insert into identity_recovery_addresses (tenant_id, principal_id, address, confirmed_at)
        values (${tenantId}, ${principalId}, 'owner@elsewhere.test', now())`,
  );
  const tell = async (language: "it" | "en", folder: string | null, isLastOfDay = false) => {
    const from = bench.mails.length;
    const share = { address: "guest@posta.test", folder, access: "write", isLastOfDay } as const;
    await bench.database.db.tenant(tenantId, async (tx) => {
      await tx.sql`update identity_principals set language = ${language} where tenant_id = ${tenantId}`;
      await bench.identity.tellShare(tx, { principalId, ip: "198.51.100.9", ...share });
    });
    const mails = bench.mails.slice(from);
    expect(mails.map(({ to }) => to)).toEqual(["owner@posta.test", "owner@elsewhere.test"]);
    return mails.map((mail) => renderSystemMail(mail).text);
  };
  for (const text of [...(await tell("it", "Conti evil.example")), ...(await tell("en", "Conti mail@evil.example"))]) {
    expect(text).toMatch(
      /la cartella «Conti …» della casella owner@posta\.test|the folder “Conti …” of the mailbox owner@posta\.test/,
    );
    for (const said of ["guest@posta.test", "198.51.100.9", bench.identity.context.faces.mail.origin])
      expect(text).toContain(said);
    expect(text).not.toMatch(/evil|\{\w+\}/);
  }
  for (const [folder, told] of [
    ["Clienti/Rossi", "Clienti › Rossi"],
    ["Clienti/Rossi/Fatture 2026", "Clienti › Rossi › Fatture 2026"],
    ["a/evil.example", "a › …"],
    ["a／evil/b", "… › b"],
    [`${"Archivio/".repeat(9)}${"x".repeat(50)}`, `…rchivio › ${"x".repeat(50)}`],
    [`Clienti/${"y".repeat(70)}`, `…${"y".repeat(60)}`],
  ] as const)
    for (const text of await tell("it", folder)) expect(text).toContain(`la cartella «${told}» della casella`);
  expect((await tell("it", null))[0]).toContain("tutta la casella owner@posta.test");
  expect((await tell("en", null))[1]).toContain("the whole mailbox owner@posta.test");
  for (const [language, said] of [
    ["it", /anche guest@posta\.test .* la cartella «Conti» della casella .* l'ultima condivisione di oggi/],
    ["en", /guest@posta\.test too .* the folder “Conti” of the mailbox .* the last share of today/],
  ] as const)
    for (const text of await tell(language, "Conti", true)) {
      expect(text).toMatch(said);
      expect(text).not.toMatch(/\{\w+\}/);
    }
});
