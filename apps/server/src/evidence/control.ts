import type { Words } from "@casaforte/modules/inspections";
import type { TenantTx } from "@casaforte/platform/db";

/** What a control found of one customer, now. */
export interface Proof {
  /**
   * `kept`, `broken`: looked at on the running system. `idle`: the promise is about something that this customer does not
   * use. `tested`, `failed`: by the tests of this version. `untested`: nothing shows it here.
   */
  readonly state: "kept" | "broken" | "idle" | "tested" | "failed" | "untested";
  readonly found: Words;
  /** Of what moment the evidence is: now for a check that runs now; null when there is none. */
  readonly at: Date | null;
}

/** A promise of the charter and what shows that it is kept: the running system, or the tests of its version. */
export interface Control {
  /** Row of docs/requirements.md. */
  readonly row: `R${number}`;
  readonly promise: Words;
  /** What is looked at. */
  readonly control: Words;
  prove(tx: TenantTx, nowMs: number): Promise<Proof>;
}
