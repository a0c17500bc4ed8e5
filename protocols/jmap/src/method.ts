import type { Logger } from "@casaforte/kernel";
import { type Fields, isFields, read } from "./arguments.ts";
import type { AccountStore, Backend, DataType } from "./backend.ts";
import { jmapLimits } from "./limits.ts";
import { type ErrorObject, errorObject, JmapError } from "./method-error.ts";
import type { RequestBudget } from "./request-budget.ts";
import { StateChain, type States } from "./state-chain.ts";

/** What a method sees of its request. */
export interface Call {
  readonly args: Fields;
  readonly backend: Backend;
  /** Ids made in this request, by creation id (RFC 8620 §5.3). */
  readonly createdIds: Map<string, string>;
  readonly nowMs: number;
  readonly logger: Logger;
  /** Capabilities that the client says it knows (RFC 8620 §3.3). */
  readonly using: readonly string[];
  readonly budget: RequestBudget;
}

/** An error as it is answered. What is broken on our side is logged too, for the client can do nothing about it. */
export function errorTold({ logger }: Pick<Call, "logger">, error: unknown, inSet: boolean): ErrorObject {
  const told = errorObject(error, inSet);
  if (told.type === "serverFail") logger.error("jmap.server_fail", error);
  return told;
}

/** One answer; a method may give more than one, all under its call id. */
export type Answer = readonly [name: string, args: Fields];
export type Method = (call: Call) => Promise<readonly Answer[]>;

/** @throws JmapError `accountNotFound`, `invalidArguments`. */
export async function accountOf(call: Call): Promise<AccountStore> {
  const account = await call.backend.account(read.string(call.args, "accountId"));
  if (account === null) throw new JmapError("accountNotFound", "no such account");
  return account;
}

/** As `accountOf`, for methods that change. @throws JmapError `accountReadOnly` too. */
export async function writableAccountOf(call: Call): Promise<AccountStore> {
  const account = await accountOf(call);
  if (account.info.isReadOnly) throw new JmapError("accountReadOnly", "this account is read only");
  return account;
}

/** An id as given, or the id made for `#creationId` in this request. */
export function resolveId(call: Call, id: string): string {
  return id.startsWith("#") ? (call.createdIds.get(id.slice(1)) ?? id) : id;
}

/** The `ids` of a /get. @throws JmapError `requestTooLarge`. */
export function idsOf(call: Call, name = "ids"): readonly string[] | null {
  const ids = read.stringsOrNull(call.args, name);
  if (ids === null) return null;
  const unique = [...new Set(ids.map((id) => resolveId(call, id)))];
  if (unique.length > jmapLimits.maxObjectsInGet) {
    throw new JmapError("requestTooLarge", `at most ${jmapLimits.maxObjectsInGet} ids`);
  }
  return unique;
}

/** Answer of a standard /get: asked order kept, the rest in `notFound`, only the properties asked for. */
export function getAnswer(
  accountId: string,
  state: string,
  ids: readonly string[] | null,
  objects: readonly (Fields & { readonly id: string })[],
  properties: readonly string[] | null,
): Fields {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const wanted = ids ?? [...byId.keys()];
  const list: Fields[] = [];
  const notFound: string[] = [];
  for (const id of wanted) {
    const object = byId.get(id);
    if (object === undefined) notFound.push(id);
    else list.push(properties === null ? object : pick(object, properties));
  }
  return { accountId, state, list, notFound };
}

function pick(object: Fields & { readonly id: string }, properties: readonly string[]): Fields {
  const picked: Record<string, unknown> = { id: object.id };
  for (const property of properties) {
    if (!Object.hasOwn(object, property)) {
      throw new JmapError("invalidArguments", `unknown property ${property}`, ["properties"]);
    }
    picked[property] = object[property];
  }
  return picked;
}

/** Answer of a standard /changes. @throws JmapError `cannotCalculateChanges`. */
export async function changesAnswer(call: Call, type: DataType, changesMax: number): Promise<Fields> {
  const account = await accountOf(call);
  const since = read.string(call.args, "sinceState");
  const asked = read.integer(call.args, "maxChanges", changesMax, 1);
  const changes = await account.changes(type, since, Math.min(asked, changesMax));
  if (changes === null) throw new JmapError("cannotCalculateChanges", "the state is unknown or too old");
  return {
    accountId: account.info.id,
    oldState: since,
    newState: changes.newState,
    hasMoreChanges: changes.hasMoreChanges,
    created: changes.created,
    updated: changes.updated,
    destroyed: changes.destroyed,
  };
}

/**
 * Answer of a standard /query over a list that is at hand (RFC 8620 §5.5): the window by `position` or `anchor`.
 * @throws JmapError `anchorNotFound`.
 */
export function windowAnswer(
  call: Call,
  account: AccountStore,
  found: { readonly queryState: string; readonly ids: readonly string[]; readonly limitMax: number },
): Fields {
  const { queryState, ids, limitMax } = found;
  const asked = read.integer(call.args, "limit", limitMax, 0);
  const limit = Math.min(asked, limitMax);
  const anchor = read.stringOrNull(call.args, "anchor");
  let position = read.integer(call.args, "position", 0);
  if (anchor !== null) {
    const index = ids.indexOf(anchor);
    if (index < 0) throw new JmapError("anchorNotFound", "the anchor is not in the results");
    position = Math.max(0, index + read.integer(call.args, "anchorOffset", 0));
  } else if (position < 0) position = Math.max(0, ids.length + position);
  return {
    accountId: account.info.id,
    queryState,
    canCalculateChanges: true,
    position: Math.min(position, ids.length),
    ids: ids.slice(position, position + limit),
    ...(read.boolean(call.args, "calculateTotal", false) ? { total: ids.length } : {}),
    ...(limit < asked ? { limit } : {}),
  };
}

/** The three parts of a standard /set, with its limits checked. */
export interface SetRequest {
  readonly create: readonly (readonly [creationId: string, object: Fields])[];
  readonly update: readonly (readonly [id: string, patch: Fields])[];
  readonly destroy: readonly string[];
}

/** An argument that maps ids to objects. @throws JmapError `invalidArguments`. */
export function objectsOf(
  { args }: Pick<Call, "args">,
  name: string,
): readonly (readonly [id: string, object: Fields])[] {
  return Object.entries(read.fields(args, name)).map(([id, value]) => {
    if (!isFields(value)) throw new JmapError("invalidArguments", `${name} maps ids to objects`, [name]);
    return [id, value] as const;
  });
}

/** @throws JmapError `requestTooLarge`, `invalidArguments`. */
export function setRequest(call: Call): SetRequest {
  const create = objectsOf(call, "create");
  const update = objectsOf(call, "update").map(([id, patch]) => [resolveId(call, id), patch] as const);
  const destroy = (read.stringsOrNull(call.args, "destroy") ?? []).map((id) => resolveId(call, id));
  if (create.length + update.length + destroy.length > jmapLimits.maxObjectsInSet) {
    throw new JmapError("requestTooLarge", `at most ${jmapLimits.maxObjectsInSet} changes`);
  }
  return { create, update, destroy };
}

/** As `writableAccountOf`; what is changed through it is noted in `chain`. @throws JmapError `stateMismatch` too. */
export async function changingAccountOf(
  call: Call,
): Promise<{ readonly account: AccountStore; readonly chain: StateChain }> {
  const account = await writableAccountOf(call);
  const ifInState = read.stringOrNull(call.args, "ifInState");
  const chain = new StateChain(ifInState);
  if (ifInState !== null) chain.check(await account.state());
  return { account: account.noting(chain), chain };
}

/** Collects what a /set did. Empty parts are null, as RFC 8620 §5.3 writes them. */
export class SetResult {
  readonly created: Record<string, Fields> = {};
  readonly updated: Record<string, Fields | null> = {};
  readonly destroyed: string[] = [];
  readonly notCreated: Record<string, Fields> = {};
  readonly notUpdated: Record<string, Fields> = {};
  readonly notDestroyed: Record<string, Fields> = {};
  readonly #call: Pick<Call, "logger">;

  constructor(call: Pick<Call, "logger">) {
    this.#call = call;
  }

  /** Runs one change; its expected trouble becomes a SetError of that object alone. @throws JmapError `stateMismatch`. */
  async attempt(part: "notCreated" | "notUpdated" | "notDestroyed", id: string, work: () => Promise<void>) {
    try {
      await work();
    } catch (error) {
      if (error instanceof JmapError && error.type === "stateMismatch") throw error;
      this.refuse(part, id, error);
    }
  }

  refuse(part: "notCreated" | "notUpdated" | "notDestroyed", id: string, error: unknown): void {
    this[part][id] = { ...errorTold(this.#call, error, true) };
  }

  answer(accountId: string, states: States): Fields {
    return { accountId, ...states, ...this.parts() };
  }

  /** The answer of a type that has no account and no state. */
  parts(): Fields {
    const orNull = <T extends object>(part: T): T | null => (Object.keys(part).length === 0 ? null : part);
    return {
      created: orNull(this.created),
      updated: orNull(this.updated),
      destroyed: this.destroyed.length === 0 ? null : this.destroyed,
      notCreated: orNull(this.notCreated),
      notUpdated: orNull(this.notUpdated),
      notDestroyed: orNull(this.notDestroyed),
    };
  }
}
