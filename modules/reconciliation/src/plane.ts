import type { TenantTx } from "@casaforte/platform/db";

/** What one thing is to have, or has: names and values as text. Null: nothing there. */
export type Attributes = Readonly<Record<string, string | null>>;

/** A space, a mailbox: something that was ordered and that a plane runs. */
export interface PlaneObject {
  readonly id: string;
  readonly label: string;
  readonly attributes: Attributes;
}

/** A part of the data plane, as reconciliation sees it (R100). */
export interface DataPlane {
  /** `backup`. */
  readonly name: string;
  /** What was ordered, by the catalogue's version that the order froze (R1, R4). */
  desired(tx: TenantTx): Promise<readonly PlaneObject[]>;
  /** What the plane does, object by object; one that it does not know is absent. May throw: it did not answer. */
  report(tx: TenantTx): Promise<ReadonlyMap<string, Attributes>>;
  /** Waits for whoever changes the order of that object, and keeps others from it until the transaction ends. */
  hold(tx: TenantTx, objectId: string): Promise<unknown>;
  /** Makes one attribute as it was ordered. @throws Failure when it cannot, or a person has to. */
  mend(tx: TenantTx, object: PlaneObject, attribute: string): Promise<void>;
}

export interface Difference {
  readonly object: PlaneObject;
  readonly attribute: string;
  readonly desired: string | null;
  readonly actual: string | null;
}

/** Pure: what a plane does otherwise than it was ordered. */
export function differences(
  desired: readonly PlaneObject[],
  actual: ReadonlyMap<string, Attributes>,
): readonly Difference[] {
  return desired.flatMap((object) =>
    Object.entries(object.attributes).flatMap(([attribute, wanted]): Difference[] => {
      const found = actual.get(object.id)?.[attribute] ?? null;
      return found === wanted ? [] : [{ object, attribute, desired: wanted, actual: found }];
    }),
  );
}
