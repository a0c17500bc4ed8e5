/** VacationResponse/get and /set. RFC 8621 §8: one object of the id `singleton`. */
import { type Fields, read } from "../arguments.ts";
import type { VacationRecord } from "../backend.ts";
import { accountOf, changingAccountOf, getAnswer, idsOf, type Method, SetResult, setRequest } from "../method.ts";
import { JmapError } from "../method-error.ts";

const singleton = "singleton";

const utcDate = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

const vacationObject = ({ fromMs, toMs, ...rest }: VacationRecord) => ({
  id: singleton,
  ...rest,
  fromDate: utcDate(fromMs),
  toDate: utcDate(toMs),
});

/** VacationResponse/get. */
export const vacationGet: Method = async (call) => {
  const account = await accountOf(call);
  const state = await account.state();
  const objects = [vacationObject(await account.vacation())];
  const properties = read.stringsOrNull(call.args, "properties");
  return [["VacationResponse/get", getAnswer(account.info.id, state, idsOf(call), objects, properties)]];
};

/** VacationResponse/set: only the singleton, only updates; anything else is `singleton`. */
export const vacationSet: Method = async (call) => {
  const { account, chain } = await changingAccountOf(call);
  const { create, update, destroy } = setRequest(call);
  const result = new SetResult(call);
  const refusal = new JmapError("singleton", "there is one answer: change it");
  for (const [id] of create) result.refuse("notCreated", id, refusal);
  for (const id of destroy) result.refuse("notDestroyed", id, refusal);
  for (const [id, patch] of update)
    await result.attempt("notUpdated", id, async () => {
      if (id !== singleton) throw new JmapError("notFound", "no such answer");
      await account.setVacation({ ...(await account.vacation()), ...readPatch(patch) });
      result.updated[id] = null;
    });
  return [["VacationResponse/set", result.answer(account.info.id, await chain.states(account))]];
};

type Mutable = { -readonly [Name in keyof VacationRecord]?: VacationRecord[Name] };

function readPatch(patch: Fields): Partial<VacationRecord> {
  const change: Mutable = {};
  for (const [name, value] of Object.entries(patch)) {
    const wrong = (): JmapError => new JmapError("invalidProperties", `cannot set ${name} so`, [name]);
    if (name === "isEnabled") {
      if (typeof value !== "boolean") throw wrong();
      change.isEnabled = value;
    } else if (name === "fromDate" || name === "toDate") {
      const ms = value === null ? null : typeof value === "string" ? Date.parse(value) : Number.NaN;
      if (ms !== null && Number.isNaN(ms)) throw wrong();
      change[name === "fromDate" ? "fromMs" : "toMs"] = ms;
    } else if (name === "subject" || name === "textBody" || name === "htmlBody") {
      if (value !== null && (typeof value !== "string" || (name === "subject" && /[\r\n]/.test(value)))) throw wrong();
      change[name] = value as string | null;
    } else if (name !== "id" || value !== singleton) throw wrong();
  }
  return change;
}
