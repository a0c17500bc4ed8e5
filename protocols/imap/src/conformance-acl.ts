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
  });

  test("rights on one mailbox are given there alone, on top of what the whole account gives, and go with the mailbox", async () => {
    const { subject, account, inboxId } = await open();
    const { colleague } = subject;
    const { acl } = account;
    if (!acl) throw new Error("this store offers no ACL");
    for (const name of ["Folder", "Folder/Below", "Other"]) await account.create(name, { specialUse: null });
    const { id } = await named(account, "Folder");
    const change = (rights: string, at = id) => acl.change(at, colleague, parseAclChange(rights));
    const held = async (at = id) => (await acl.entries(at)).map(({ rights }) => rights);
    const elsewhere = [inboxId, (await named(account, "Folder/Below")).id, (await named(account, "Other")).id];
    expect([acl.levels("Folder"), acl.levels("INBOX")]).toEqual([
      ["lr", "lrswite"],
      ["lr", "lrswite", "lrswitekx"],
    ]);
    await change("lrs");
    expect(await held()).toEqual(["lr"]);
    await change("lrswitekxa");
    expect(await held()).toEqual(["lrswite"]);
    for (const other of elsewhere) expect(await held(other)).toEqual([]);

    await change("lr", inboxId);
    expect([await held(), await held(elsewhere[1])]).toEqual([["lrswite"], ["lr"]]);
    await change("-w");
    expect(await held()).toEqual(["lr"]);
    await change("+swite");
    await change("", inboxId);
    expect([await held(), await held(elsewhere[1])]).toEqual([["lrswite"], []]);
    await change("lrswitekx", inboxId);
    for (const less of ["", "lr", "-w"])
      await expect(change(less)).rejects.toMatchObject({ code: "mailbox.share_is_whole" });
    expect(await held()).toEqual(["lrswitekx"]);
    await change("", inboxId);

    await account.rename(id, "Renamed");
    expect(await held()).toEqual(["lrswite"]);
    await account.delete(id);
    const { id: again } = await account.create("Renamed", { specialUse: null });
    expect(await held(again)).toEqual([]);
  });
}
