import type { MailboxId } from "@casaforte/kernel";
import { expect, test } from "vitest";
import type { ImapAccount } from "./backend.ts";
import { type ConformanceSubject, named, signIn } from "./conformance-session.ts";

/** The promises of `AnnotationStore`. */
export function annotationConformance(
  open: () => Promise<{ subject: ConformanceSubject; account: ImapAccount; inboxId: MailboxId }>,
): void {
  test("annotations stay with their mailbox until they are taken or it goes, and all of a change or none is kept", async () => {
    const { subject, account, inboxId } = await open();
    const { annotations } = account;
    if (!annotations) throw new Error("this store keeps no annotations");
    const of = async (id: MailboxId | null) =>
      (await annotations.read(id)).map(({ entry, value }) => `${entry}=${value}`);
    await annotations.write(inboxId, [
      { entry: "/shared/comment", value: "for all" },
      { entry: "/private/vendor/x/a", value: "çà\r\nva" },
    ]);
    await annotations.write(null, [{ entry: "/private/comment", value: "" }]);
    expect([await of(inboxId), await of(null)]).toEqual([
      ["/private/vendor/x/a=çà\r\nva", "/shared/comment=for all"],
      ["/private/comment="],
    ]);
    const shared = [
      { entry: "/private/comment", value: "new" },
      { entry: "/shared/comment", value: "x" },
    ];
    await expect(annotations.write(null, shared)).rejects.toMatchObject({ code: "mailbox.shared_annotation" });
    await annotations.write(inboxId, [{ entry: "/shared/comment", value: null }]);
    await account.create("Notes", { specialUse: null });
    const { id } = await named(account, "Notes");
    await annotations.write(id, [{ entry: "/private/comment", value: "n" }]);
    await account.rename(id, "Renamed");
    const again = await signIn(subject);
    expect([await of(inboxId), await again.annotations?.read(id)]).toEqual([
      ["/private/vendor/x/a=çà\r\nva"],
      [{ entry: "/private/comment", value: "n" }],
    ]);
    await account.delete(id);
    await expect(annotations.write(id, [{ entry: "/private/comment", value: "n" }])).rejects.toMatchObject({
      kind: "not_found",
    });
  });
}
