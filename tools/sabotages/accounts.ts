// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are pieces of source.
import type { Sabotage } from "./sabotage.ts";

/** What people of one organisation share, and what they get back. */
export const accounts: readonly Sabotage[] = [
  {
    rows: [12],
    what: "whoever a mailbox was shared with once keeps it",
    file: "modules/mailbox/src/share-account.ts",
    find: "for (const owner of owners) await enterShare(tx, member, owner, needed);",
    replace: 'for (const owner of owners) noteShare(tx, member, owner, needed === "read" ? "read" : "manage");',
    test: { file: "modules/mailbox/src/shares.test.ts", name: "R12: what is shared no more" },
  },
  {
    rows: [12],
    what: "who may file in a shared mailbox may also change its folders",
    file: "modules/mailbox/src/share-access.ts",
    find: "shareAccesses.indexOf(access) >= shareAccesses.indexOf(needed)",
    replace: "shareAccesses.indexOf(access) >= Math.min(1, shareAccesses.indexOf(needed))",
    test: { file: "modules/mailbox/src/shares.test.ts", name: "R12: each access reaches" },
  },
  {
    rows: [12],
    what: "who may only read a shared mailbox may set notes for all on it",
    file: "modules/mailbox/src/annotate.ts",
    find: 'hasShared ? "write" : "read"',
    replace: '"read"',
    test: { file: "modules/mailbox/src/shares.test.ts", name: "R12: notes on a shared mailbox" },
  },
  {
    rows: [12],
    what: "one letter of tied rights gives all of them",
    file: "protocols/imap/src/acl-rights.ts",
    find: "levels.findLast((one) => isWithin(one, wanted))",
    replace: "levels.findLast((one) => [...one].some((letter) => wanted.includes(letter)))",
    test: { file: "modules/mailbox/src/shares.test.ts", name: "R12: an owner shares his mail by SETACL" },
  },
  {
    rows: [14],
    what: "a mailbox that was deleted and called back counts as gone",
    file: "modules/billing/src/licences.ts",
    find: "    fromMs = null;\n",
    replace: "    break;\n",
    test: { file: "modules/billing/src/licences.test.ts", name: "R14: on every day" },
  },
  {
    rows: [18],
    what: "a transfer forgets how far a folder is copied",
    file: "modules/transfers/src/store-folders.ts",
    find: "set last_uid = greatest(last_uid, ${step.lastUid}),",
    replace: "set",
    test: { file: "modules/transfers/src/transfers.test.ts", name: "R18: crashes in the middle" },
  },
  {
    rows: [12],
    what: "a transfer connects to whatever a customer names",
    file: "modules/transfers/src/imap-remote.ts",
    find: "const address = await resolve(login.host);",
    replace: "const address = login.host;",
    test: { file: "modules/transfers/src/transfers.test.ts", name: "R12: nothing inside is connected to" },
  },
  {
    rows: [63],
    what: "an mbox for an owner lets a line of a message pass for the next message",
    file: "modules/transfers/src/write-takeout.ts",
    find: "if (word.length === fromWord.length) out.push(greater);",
    replace: "",
    test: { file: "modules/transfers/src/takeouts.test.ts", name: "R63: an owner takes the mail along" },
  },
];
