import type { Words } from "@casaforte/modules/inspections";
import type { TenantTx } from "@casaforte/platform/db";

/** What a control found of one customer, now. */
export interface Proof {
  /** `idle`: the promise is about something that this customer does not use. */
  readonly state: "kept" | "broken" | "idle";
  readonly found: Words;
  /** Of what moment the evidence is: now for a check that runs now. */
  readonly at: Date;
}

/** A promise of the charter and what shows on the running system that it is kept. */
export interface Control {
  /** Row of docs/requirements.md. */
  readonly row: `R${number}`;
  readonly promise: Words;
  /** What is looked at. */
  readonly control: Words;
  prove(tx: TenantTx, nowMs: number): Promise<Proof>;
}
