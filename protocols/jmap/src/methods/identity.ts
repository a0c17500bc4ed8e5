/** Identity/get, /changes and /set. RFC 8621 §6. Identities follow the account's addresses: none is made or destroyed here. */
import { read } from "../arguments.ts";
import {
  accountOf,
  checkState,
  getAnswer,
  idsOf,
  type Method,
  SetResult,
  setRequest,
  writableAccountOf,
} from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Identity/get. */
export const identityGet: Method = async (call) => {
  const account = await accountOf(call);
  const state = await account.state();
  const objects = (await account.identities()).map((identity) => ({
    ...identity,
    replyTo: null,
    bcc: null,
    mayDelete: false,
  }));
  const properties = read.stringsOrNull(call.args, "properties");
  return [["Identity/get", getAnswer(account.info.id, state, idsOf(call), objects, properties)]];
};

/** Identity/changes: there are few, so a client simply reads them again. */
export const identityChanges: Method = async (call) => {
  await accountOf(call);
  throw new JmapError("cannotCalculateChanges", "read the identities again");
};

const settable = ["name", "textSignature", "htmlSignature"] as const;
const signatureCharsMax = 100_000;

/** Identity/set: name and signatures. */
export const identitySet: Method = async (call) => {
  const account = await writableAccountOf(call);
  const oldState = await checkState(call, account);
  const { create, update, destroy } = setRequest(call);
  const result = new SetResult();
  for (const [id] of create) {
    result.refuse("notCreated", id, new JmapError("forbidden", "addresses are given by the administrator"));
  }
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      const change: { [K in (typeof settable)[number]]?: string } = {};
      for (const [name, value] of Object.entries(patch)) {
        const known = settable.find((property) => property === name);
        const isHeaderSafe = typeof value === "string" && (name !== "name" || !/[\r\n]/.test(value));
        if (known === undefined || !isHeaderSafe || value.length > signatureCharsMax) {
          throw new JmapError("invalidProperties", `cannot set ${name} so`, [name]);
        }
        change[known] = value;
      }
      await account.updateIdentity(id, change);
      result.updated[id] = null;
    });
  }
  for (const id of destroy) {
    result.refuse("notDestroyed", id, new JmapError("forbidden", "addresses are taken by the administrator"));
  }
  return [["Identity/set", result.answer(account.info.id, oldState, await account.state())]];
};
