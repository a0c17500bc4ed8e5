import type { Words } from "@casaforte/modules/inspections";
import { allInvariants } from "../invariants.ts";
import type { Control } from "./control.ts";

const known = new Map(allInvariants.map((invariant) => [invariant.name, invariant]));

/** A control that runs claims about stored data: no row may speak against them. */
export function claims(
  row: Control["row"],
  promise: Words,
  control: Words,
  names: readonly [string, ...string[]],
): Control {
  const chosen = names.map((name) => {
    const invariant = known.get(name);
    if (invariant === undefined) throw new Error(`no invariant is named ${name}`);
    return invariant;
  });
  return {
    row,
    promise,
    control,
    async prove(tx, nowMs) {
      let findings = 0;
      for (const invariant of chosen) findings += (await invariant.check(tx)).length;
      const state = findings === 0 ? "kept" : "broken";
      return { state, found: counted(findings), at: new Date(nowMs) };
    },
  };
}

/** The findings themselves may name what is not for everybody: their number is told. */
export const counted = (findings: number): Words =>
  findings === 0
    ? { it: "Nessuna discordanza", en: "No discrepancy" }
    : { it: `Discordanze: ${findings}`, en: `Discrepancies: ${findings}` };
