import type { MailboxId } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { parseAclChange } from "./acl-rights.ts";
import type { ImapAccount } from "./backend.ts";
import { type ConformanceSubject, named } from "./conformance-session.ts";

/** The promises of `AclControl`. */
export function aclConformance(
  open: () => Promise<{ subject: ConformanceSubject; account: ImapAccount; inboxId: MailboxId }>,
): void {
  test("rights are given to colleagues by whole levels, never more than was asked, and taken again", async () => {
    const { subject, account, inboxId } = await open();
    const { colleague } = subject;
    const { acl } = account;
    if (!acl) throw new Error("this store offers no ACL");
    const held = async () => (await acl.entries(inboxId)).map(({ identifier, rights }) => `${identifier} ${rights}`);
    const change = (identifier: string, rights: string, id = inboxId) =>
      acl.change(id, identifier, parseAclChange(rights));
    const steps: readonly (readonly [asked: string, held: string])[] = [
      ["lrs", "lr"],
      ["+swid", "lrswite"],
      ["lrswipkxteacd", "lrswitekx"],
      ["-x", "lrswite"],
      ["-w", "lr"],
      ["-l", ""],
      ["lrswited", "lrswite"],
      ["", ""],
    ];
    for (const [asked, then] of steps) {
      await change(colleague, asked);
      expect([asked, await held()]).toEqual([asked, then === "" ? [] : [`${colleague} ${then}`]]);
    }
    await expect(change(colleague, "l")).rejects.toMatchObject({ code: "imap.rights_not_offered" });
    await change(colleague, "lr");
    await expect(change(colleague, "+k")).rejects.toMatchObject({ code: "imap.rights_not_offered" });
    await expect(change("nobody@elsewhere.example", "lr")).rejects.toMatchObject({ kind: "not_found" });
    await change("nobody@elsewhere.example", "");
    await expect(change(account.name, "lr")).rejects.toMatchObject({ code: "mailbox.share_self" });
    await account.create("Folder", { specialUse: null });
    const { id } = await named(account, "Folder");
    await expect(change(colleague, "lrswite", id)).rejects.toMatchObject({ code: "mailbox.acl_inbox_only" });
    expect([await held(), await acl.entries(id)]).toEqual([[`${colleague} lr`], await acl.entries(inboxId)]);
  });
}
