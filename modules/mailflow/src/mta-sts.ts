import { mailflowLimits } from "./limits.ts";

/** What a domain demands of who sends to it (RFC 8461 §3.2). */
export interface StsPolicy {
  readonly mode: "enforce" | "testing" | "none";
  /** Lower case; `*.` stands for one label. */
  readonly exchanges: readonly string[];
  readonly maxAgeMs: number;
}

/** Id of the policy that the DNS announces; null without one, or with more than one (RFC 8461 §3.1). */
export function readStsRecord(texts: readonly string[]): string | null {
  const records = texts.filter((text) => /^v=STSv1\s*(;|$)/.test(text));
  if (records.length !== 1) return null;
  return /;\s*id=([A-Za-z0-9]{1,32})\s*(;|$)/.exec(records[0] ?? "")?.[1] ?? null;
}

/** Reads a policy file; null when it is not one. Unknown keys are skipped, of a key given twice the first counts. */
export function readStsPolicy(text: string): StsPolicy | null {
  const exchanges: string[] = [];
  const values = new Map<string, string>();
  for (const line of text.slice(0, mailflowLimits.stsPolicyBytesMax).split(/\r?\n/)) {
    const match = /^\s*([A-Za-z0-9_.-]{1,32})\s*:\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, key = "", value = ""] = match;
    if (key === "mx") exchanges.push(value.toLowerCase().replace(/\.$/, ""));
    else if (!values.has(key)) values.set(key, value);
  }
  const mode = values.get("mode");
  const age = values.get("max_age") ?? "";
  if (values.get("version") !== "STSv1" || !/^\d{1,10}$/.test(age)) return null;
  if (mode !== "enforce" && mode !== "testing" && mode !== "none") return null;
  if (mode !== "none" && (exchanges.length === 0 || !exchanges.every(isPattern))) return null;
  return { mode, exchanges, maxAgeMs: Math.min(Number(age) * 1000, mailflowLimits.stsAgeMsMax) };
}

const isPattern = (text: string) => /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(text);

/** Whether the policy names this exchange (RFC 8461 §4.1). */
export function allowsExchange({ exchanges }: StsPolicy, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return exchanges.some((pattern) => {
    if (!pattern.startsWith("*.")) return pattern === name;
    return name.endsWith(pattern.slice(1)) && !name.slice(0, -(pattern.length - 1)).includes(".");
  });
}
