import { readFileSync } from "node:fs";

/** The letter that Linux has for the state of a process, `Z` for one that nobody has asked after; else "gone". */
export function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.slice(0, 1) ?? "gone";
  } catch {
    return "gone";
  }
}
