/** Quota/get. RFC 9425 §4.1. */
import { read } from "../arguments.ts";
import { accountOf, getAnswer, idsOf, type Method } from "../method.ts";

/** Quota/get: one quota, the octets of the account; none when the account has no limit. */
export const quotaGet: Method = async (call) => {
  const account = await accountOf(call);
  const state = await account.state();
  const { usedBytes, limitBytes } = await account.quota();
  const objects =
    limitBytes === null
      ? []
      : [
          {
            id: "octets",
            resourceType: "octets",
            used: usedBytes,
            hardLimit: limitBytes,
            scope: "account",
            name: account.info.name,
            types: ["Email"],
          },
        ];
  const properties = read.stringsOrNull(call.args, "properties");
  return [["Quota/get", getAnswer(account.info.id, state, idsOf(call), objects, properties)]];
};
