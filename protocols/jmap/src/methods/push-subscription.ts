/** PushSubscription/get and /set. RFC 8620 §7.2: of the sign-in that asks, without account and without state. */
import { type Fields, isFields, isStorable, read } from "../arguments.ts";
import type { PushChange, PushDraft, PushRecord, PushStore } from "../backend.ts";
import { deviceClientIdCharsMax, pushTypesMax, pushUrlCharsMax } from "../limits.ts";
import { type Call, getAnswer, idsOf, type Method, SetResult, setRequest } from "../method.ts";
import { JmapError } from "../method-error.ts";

function pushOf({ backend }: Call): PushStore {
  if (backend.push === undefined) throw new JmapError("unknownMethod", "nothing is pushed here");
  return backend.push;
}

const utcDate = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

const subscriptionObject = ({ expiresAtMs, ...rest }: PushRecord) => ({ ...rest, expires: utcDate(expiresAtMs) });

/** PushSubscription/get: the address and the keys are told to nobody, not even to who gave them. */
export const pushSubscriptionGet: Method = async (call) => {
  const push = pushOf(call);
  const properties = read.stringsOrNull(call.args, "properties");
  if (properties?.some((property) => property === "url" || property === "keys")) {
    throw new JmapError("forbidden", "an address and its keys are not told", ["properties"]);
  }
  const objects = (await push.subscriptions()).map(subscriptionObject);
  const { list, notFound } = getAnswer("", "", idsOf(call), objects, properties);
  return [["PushSubscription/get", { list, notFound }]];
};

/** PushSubscription/set: the address, its keys and the client's id never change; the rest may. */
export const pushSubscriptionSet: Method = async (call) => {
  const push = pushOf(call);
  const { create, update, destroy } = setRequest(call);
  const result = new SetResult(call);
  for (const [creationId, object] of create) {
    await result.attempt("notCreated", creationId, async () => {
      const record = await push.subscribe(readDraft(object));
      call.createdIds.set(creationId, record.id);
      result.created[creationId] = { id: record.id, expires: utcDate(record.expiresAtMs) };
    });
  }
  for (const [id, patch] of update) {
    await result.attempt("notUpdated", id, async () => {
      const { expiresAtMs } = await push.updateSubscription(id, readChange(patch));
      result.updated[id] = "expires" in patch ? { expires: utcDate(expiresAtMs) } : null;
    });
  }
  for (const id of destroy) {
    await result.attempt("notDestroyed", id, async () => {
      await push.unsubscribe(id);
      result.destroyed.push(id);
    });
  }
  return [["PushSubscription/set", result.parts()]];
};

const wrong = (name: string): JmapError => new JmapError("invalidProperties", `cannot set ${name} so`, [name]);

function readDraft(object: Fields): PushDraft {
  const { deviceClientId, url, keys = null, expires = null, types = null, ...rest } = object;
  const [unknown] = Object.entries(rest).filter(([name, value]) => name !== "verificationCode" || value !== null);
  if (unknown !== undefined) throw wrong(unknown[0]);
  if (typeof deviceClientId !== "string" || deviceClientId === "" || deviceClientId.length > deviceClientIdCharsMax) {
    throw wrong("deviceClientId");
  }
  if (typeof url !== "string" || url.length > pushUrlCharsMax || !url.startsWith("https://") || !URL.canParse(url)) {
    throw wrong("url");
  }
  if (!isStorable(deviceClientId)) throw wrong("deviceClientId");
  if (!isStorable(url)) throw wrong("url");
  return { deviceClientId, url, keys: readKeys(keys), expiresAtMs: readExpiry(expires), types: readTypes(types) };
}

/** RFC 8291 §2: an uncompressed P-256 point and 16 octets; padding is let pass. */
function readKeys(keys: unknown): PushDraft["keys"] {
  if (keys === null) return null;
  if (!isFields(keys)) throw wrong("keys");
  const { p256dh, auth } = keys;
  if (typeof p256dh !== "string" || !/^B[\w-]{86}=?$/.test(p256dh)) throw wrong("keys");
  if (typeof auth !== "string" || !/^[\w-]{22}={0,2}$/.test(auth)) throw wrong("keys");
  return { p256dh, auth };
}

function readExpiry(expires: unknown): number | null {
  if (expires === null) return null;
  const ms = typeof expires === "string" ? Date.parse(expires) : Number.NaN;
  if (Number.isNaN(ms)) throw wrong("expires");
  return ms;
}

function readTypes(types: unknown): readonly string[] | null {
  if (types === null) return null;
  const isList =
    Array.isArray(types) &&
    types.length <= pushTypesMax &&
    types.every((type): type is string => typeof type === "string" && /^\w{1,60}$/.test(type));
  if (!isList) throw wrong("types");
  return types;
}

function readChange(patch: Fields): PushChange {
  const change: { -readonly [Name in keyof PushChange]: PushChange[Name] } = {};
  for (const [name, value] of Object.entries(patch)) {
    if (name === "verificationCode") {
      if (typeof value !== "string" || value.length > deviceClientIdCharsMax) throw wrong(name);
      change.verificationCode = value;
    } else if (name === "expires") change.expiresAtMs = readExpiry(value);
    else if (name === "types") change.types = readTypes(value);
    else throw wrong(name);
  }
  return change;
}
