import type { TenantId } from "@casaforte/kernel";

/** Of one tenant at once, so that it cannot keep the others out. */
const togetherPerTenantMax = 2;

interface Waiting {
  readonly tenantId: TenantId;
  enter(): void;
}

/** @see createTogetherGate */
export type TogetherGate = <T>(tenantId: TenantId, work: () => Promise<T>) => Promise<T>;

/**
 * Lets a third of a pool's connections be held by `together`, whose work may need a second one of the same pool: whoever
 * holds one finds another in the end. In the order they came, but for tenants that have two inside already.
 */
export function createTogetherGate(connectionsMax: number): TogetherGate {
  const insideMax = Math.max(1, Math.floor(connectionsMax / 3));
  const inside = new Map<TenantId, number>();
  const waiting: Waiting[] = [];
  let insideCount = 0;

  const of = (tenantId: TenantId): number => inside.get(tenantId) ?? 0;
  const mayEnter = (tenantId: TenantId): boolean => insideCount < insideMax && of(tenantId) < togetherPerTenantMax;

  function enter(tenantId: TenantId): void {
    insideCount++;
    inside.set(tenantId, of(tenantId) + 1);
  }

  function leave(tenantId: TenantId): void {
    insideCount--;
    const left = of(tenantId) - 1;
    if (left === 0) inside.delete(tenantId);
    else inside.set(tenantId, left);
    const next = waiting.findIndex((each) => mayEnter(each.tenantId));
    if (next !== -1) waiting.splice(next, 1)[0]?.enter();
  }

  return async (tenantId, work) => {
    if (mayEnter(tenantId)) enter(tenantId);
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({
        tenantId,
        enter() {
          enter(tenantId);
          resolve();
        },
      });
      await promise;
    }
    try {
      return await work();
    } finally {
      leave(tenantId);
    }
  };
}
