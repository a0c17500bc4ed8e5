import { promises as dns } from "node:dns";
import { get } from "node:https";
import type { StsSource } from "@casaforte/modules/mailflow";
import { publicLookup } from "@casaforte/platform/net";

const policyBytesMax = 64 * 1024;
const timeoutMs = 20_000;

/** Policies of strangers' domains: public addresses only, a valid certificate, no redirect (RFC 8461 §3.3). */
export const publicStsSource: StsSource = {
  resolveTxt: async (name) => (await dns.resolveTxt(name)).map((strings) => strings.join("")),
  fetchPolicy: (domain) =>
    new Promise((resolve, reject) => {
      const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
      const signal = AbortSignal.timeout(timeoutMs);
      get(url, { lookup: publicLookup, signal, agent: false }, (response) => {
        const type = (response.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
        if (response.statusCode !== 200 || type !== "text/plain") {
          response.destroy();
          return reject(new Error(`the policy host answers ${response.statusCode} ${type}`));
        }
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          if (text.length > policyBytesMax) response.destroy(new Error("the policy is too long"));
        });
        response.on("end", () => resolve(text));
        response.on("error", reject);
      }).on("error", reject);
    }),
};
