/** Mailbox/set. RFC 8621 §2.5. */
import { utf8 } from "@casaforte/kernel";
import { type Fields, read } from "../arguments.ts";
import type { MailboxDraft } from "../backend.ts";
import { mailboxNameOctetsMax } from "../limits.ts";
import { type Call, changingAccountOf, type Method, resolveId, SetResult, setRequest } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Mailbox/set. */
export const mailboxSet: Method = async (call) => {
  const { account, chain } = await changingAccountOf(call);
  const { create, update, destroy } = setRequest(call);
  const removeEmails = read.boolean(call.args, "onDestroyRemoveEmails", false);
  const result = new SetResult(call);
  for (const [creationId, object] of create) {
    await result.attempt("notCreated", creationId, async () => {
      const change = readChange(call, object);
      if (change.name === undefined) throw new JmapError("invalidProperties", "a mailbox needs a name", ["name"]);
      const id = await account.createMailbox({
        name: change.name,
        parentId: change.parentId ?? null,
        isSubscribed: change.isSubscribed ?? true,
        sortOrder: change.sortOrder ?? 100,
      });
      call.createdIds.set(creationId, id);
      result.created[creationId] = { id };
    });
  }
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      await account.updateMailbox(id, readChange(call, patch));
      result.updated[id] = null;
    });
  }
  for (const id of destroy) {
    await result.attempt("notDestroyed", id, async () => {
      await account.destroyMailbox(id, removeEmails);
      result.destroyed.push(id);
    });
  }
  return [["Mailbox/set", result.answer(account.info.id, await chain.states(account))]];
};

function readChange(call: Call, fields: Fields): Partial<MailboxDraft> {
  const change: { -readonly [K in keyof MailboxDraft]?: MailboxDraft[K] } = {};
  for (const [name, value] of Object.entries(fields)) {
    switch (name) {
      case "name":
        change.name = checkName(value);
        break;
      case "parentId":
        if (value !== null && typeof value !== "string") throw wrong(name);
        change.parentId = value === null ? null : resolveId(call, value);
        break;
      case "isSubscribed":
        if (typeof value !== "boolean") throw wrong(name);
        change.isSubscribed = value;
        break;
      case "sortOrder":
        if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value >= 2 ** 31) {
          throw wrong(name);
        }
        change.sortOrder = value;
        break;
      case "role":
        // Roles are given by the server when the account is made; null on creation says what is so anyway.
        if (value !== null) throw new JmapError("invalidProperties", "roles are set by the server", [name]);
        break;
      default:
        throw wrong(name);
    }
  }
  return change;
}

function checkName(value: unknown): string {
  if (typeof value !== "string") throw wrong("name");
  const name = value.normalize("NFC").trim();
  if (name === "" || utf8(name).length > mailboxNameOctetsMax || /[\u0000-\u001f\u007f/]/.test(name)) {
    throw new JmapError("invalidProperties", "not a name for a mailbox", ["name"]);
  }
  return name;
}

const wrong = (name: string): JmapError => new JmapError("invalidProperties", `cannot set ${name} so`, [name]);
