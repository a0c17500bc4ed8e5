/** Identity/get, /changes and /set. RFC 8621 §6. Identities follow the account's addresses: none is made or destroyed here. */
import { type Fields, isStorable, read } from "../arguments.ts";
import type { IdentityRecord } from "../backend.ts";
import { readAddresses } from "../draft.ts";
import { changesMax, identityAddressCharsMax, identityAddressesMax } from "../limits.ts";
import {
  accountOf,
  changesAnswer,
  changingAccountOf,
  getAnswer,
  idsOf,
  type Method,
  SetResult,
  setRequest,
  writableAccountOf,
} from "../method.ts";
import { JmapError } from "../method-error.ts";
import { capabilities } from "../session.ts";

/** Identity/get. */
export const identityGet: Method = async (call) => {
  const account = await accountOf(call);
  // Addresses that others gave or took move the state when they are met; the state told is never newer than the list.
  await account.identities();
  const state = await account.state();
  const identities = await account.identities();
  const objects = identities.map(({ sender, ...identity }) => ({
    ...identity,
    ...(call.using.includes(capabilities.sender) ? { sender } : {}),
    mayDelete: false,
  }));
  const properties = read.stringsOrNull(call.args, "properties");
  return [["Identity/get", getAnswer(account.info.id, state, idsOf(call), objects, properties)]];
};

/** Identity/changes. */
export const identityChanges: Method = async (call) => [
  ["Identity/changes", await changesAnswer(call, "Identity", changesMax)],
];

const texts = ["name", "textSignature", "htmlSignature"] as const;
const lists = ["replyTo", "bcc"] as const;
const signatureCharsMax = 100_000;

type Change = { -readonly [K in (typeof texts)[number] | (typeof lists)[number]]?: IdentityRecord[K] };

function readChange(patch: Fields): Change {
  const change: Change = {};
  for (const [name, value] of Object.entries(patch)) {
    const wrong = (): JmapError => new JmapError("invalidProperties", `cannot set ${name} so`, [name]);
    const text = texts.find((property) => property === name);
    const list = lists.find((property) => property === name);
    if (text !== undefined) {
      const isHeaderSafe = typeof value === "string" && (text !== "name" || !/[\r\n]/.test(value));
      if (!isHeaderSafe || value.length > signatureCharsMax || !isStorable(value)) throw wrong();
      change[text] = value;
    } else if (list !== undefined) {
      const addresses = readAddresses(patch, list);
      const isTooMuch = addresses.some(({ name: shown, email }) =>
        [shown ?? "", email].some((part) => part.length > identityAddressCharsMax || !isStorable(part)),
      );
      const isAddress = addresses.every(({ email }) => /^[^\s@]+@[^\s@]+$/.test(email));
      if (addresses.length > identityAddressesMax || isTooMuch || !isAddress) throw wrong();
      change[list] = addresses.length === 0 ? null : addresses;
    } else throw wrong();
  }
  return change;
}

/** Identity/set: name, signatures, where answers go, who gets a blind copy. */
export const identitySet: Method = async (call) => {
  // What others gave or took has a state of its own, before the one that this change makes.
  await (await writableAccountOf(call)).identities();
  const { account, chain } = await changingAccountOf(call);
  const { create, update, destroy } = setRequest(call);
  const result = new SetResult(call);
  for (const [id] of create) {
    result.refuse("notCreated", id, new JmapError("forbidden", "addresses are given by the administrator"));
  }
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      await account.updateIdentity(id, readChange(patch));
      result.updated[id] = null;
    });
  }
  for (const id of destroy) {
    result.refuse("notDestroyed", id, new JmapError("forbidden", "addresses are taken by the administrator"));
  }
  return [["Identity/set", result.answer(account.info.id, await chain.states(account))]];
};
