/** Email/query. RFC 8621 §4.4; windows as in RFC 8620 §5.5. */
import { read } from "../arguments.ts";
import { parseFilter, parseSort } from "../filter.ts";
import { queryIdsMax } from "../limits.ts";
import { accountOf, type Method } from "../method.ts";

/** Email/query; says which `limit` it used where that is not the one asked for, or none was. */
export const emailQuery: Method = async (call) => {
  const account = await accountOf(call);
  const filter = parseFilter(call.args["filter"]);
  const sort = parseSort(call.args["sort"]);
  const anchor = read.stringOrNull(call.args, "anchor");
  const asked = read.integer(call.args, "limit", Number.MAX_SAFE_INTEGER, 0);
  const limit = Math.min(asked, queryIdsMax);
  const calculateTotal = read.boolean(call.args, "calculateTotal", false);
  const queryState = await account.state();
  const found = await account.queryEmails({
    filter,
    sort,
    collapseThreads: read.boolean(call.args, "collapseThreads", false),
    window:
      anchor === null
        ? { kind: "position", position: read.integer(call.args, "position", 0) }
        : { kind: "anchor", id: anchor, offset: read.integer(call.args, "anchorOffset", 0) },
    limit,
    calculateTotal,
  });
  const answer = {
    accountId: account.info.id,
    queryState,
    canCalculateChanges: true,
    position: found.position,
    ids: found.ids,
    ...(found.total === undefined ? {} : { total: found.total }),
    ...(limit < asked ? { limit } : {}),
  };
  return [["Email/query", answer]];
};
