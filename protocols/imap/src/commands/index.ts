import type { CommandEntry } from "../command.ts";
import { changeAcl, getAcl, listRights, myRights } from "./acl.ts";
import { append, replace } from "./append.ts";
import { authenticate } from "./authenticate.ts";
import { cancelUpdate } from "./cancel-update.ts";
import { capability } from "./capability.ts";
import { close, unselect } from "./close.ts";
import { compress } from "./compress.ts";
import { copy, move } from "./copy.ts";
import { create } from "./create.ts";
import { deleteMailbox } from "./delete.ts";
import { enable } from "./enable.ts";
import { esearch } from "./esearch.ts";
import { expunge } from "./expunge.ts";
import { fetch } from "./fetch.ts";
import { id } from "./id.ts";
import { idle } from "./idle.ts";
import { getJmapAccess } from "./jmap-access.ts";
import { list, lsub } from "./list.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { getMetadata, setMetadata } from "./metadata.ts";
import { namespace } from "./namespace.ts";
import { noop } from "./noop.ts";
import { notify } from "./notify.ts";
import { getQuota, getQuotaRoot } from "./quota.ts";
import { rename } from "./rename.ts";
import { search } from "./search.ts";
import { select } from "./select.ts";
import { sort, thread } from "./sort.ts";
import { starttls } from "./starttls.ts";
import { status } from "./status.ts";
import { store } from "./store.ts";
import { subscribe } from "./subscribe.ts";

const quiet = (state: CommandEntry["state"], run: CommandEntry["run"]): CommandEntry => ({
  state,
  run,
  updates: "none",
});
const telling = (state: CommandEntry["state"], run: CommandEntry["run"]): CommandEntry => ({
  state,
  run,
  updates: "all",
});
const steady = (run: CommandEntry["run"]): CommandEntry => ({ state: "selected", run, updates: "no_expunge" });
const long = (entry: CommandEntry): CommandEntry => ({ ...entry, isLong: true });

/** Every command, by name. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map([
  ["CAPABILITY", quiet("any", capability)],
  ["NOOP", quiet("any", noop)],
  ["LOGOUT", quiet("any", logout)],
  ["ID", quiet("any", id)],
  ["STARTTLS", quiet("not_authenticated", starttls)],
  ["LOGIN", quiet("not_authenticated", login)],
  ["AUTHENTICATE", quiet("not_authenticated", authenticate)],
  ["ENABLE", quiet("authenticated", enable)],
  ["SELECT", quiet("authenticated", select)],
  ["EXAMINE", quiet("authenticated", select)],
  ["COMPRESS", quiet("authenticated", compress)],
  ["CREATE", telling("authenticated", create)],
  ["DELETE", long(telling("authenticated", deleteMailbox))],
  ["RENAME", long(telling("authenticated", rename))],
  ["SUBSCRIBE", telling("authenticated", subscribe)],
  ["UNSUBSCRIBE", telling("authenticated", subscribe)],
  ["LIST", telling("authenticated", list)],
  ["LSUB", telling("authenticated", lsub)],
  ["NAMESPACE", telling("authenticated", namespace)],
  ["STATUS", telling("authenticated", status)],
  ["APPEND", telling("authenticated", append)],
  ["IDLE", quiet("authenticated", idle)],
  ["NOTIFY", quiet("authenticated", notify)],
  ["ESEARCH", long(telling("authenticated", esearch))],
  ["GETQUOTA", telling("authenticated", getQuota)],
  ["GETQUOTAROOT", telling("authenticated", getQuotaRoot)],
  ["GETJMAPACCESS", telling("authenticated", getJmapAccess)],
  ["MYRIGHTS", telling("authenticated", myRights)],
  ["GETACL", telling("authenticated", getAcl)],
  ["LISTRIGHTS", telling("authenticated", listRights)],
  ["SETACL", telling("authenticated", changeAcl)],
  ["DELETEACL", telling("authenticated", changeAcl)],
  ["GETMETADATA", telling("authenticated", getMetadata)],
  ["SETMETADATA", telling("authenticated", setMetadata)],
  ["CHECK", quiet("selected", noop)],
  ["CLOSE", long(quiet("selected", close))],
  ["UNSELECT", quiet("selected", unselect)],
  ["EXPUNGE", long(quiet("selected", expunge))],
  ["SEARCH", long(steady(search))],
  ["FETCH", steady(fetch)],
  ["STORE", long(steady(store))],
  ["SORT", long(steady(sort))],
  ["THREAD", long(steady(thread))],
  ["CANCELUPDATE", telling("selected", cancelUpdate)],
  ["COPY", long(telling("selected", copy))],
  ["MOVE", long(telling("selected", move))],
  ["REPLACE", telling("selected", replace)],
]);

/** Commands that also come with UID in front: without it all but EXPUNGE name or tell messages by number. */
export const uidCommands: ReadonlySet<string> = new Set([
  "FETCH",
  "STORE",
  "SEARCH",
  "COPY",
  "MOVE",
  "REPLACE",
  "EXPUNGE",
  "SORT",
  "THREAD",
]);
