import type { TenantId } from "@casaforte/kernel";
import { webhooksLimits } from "./limits.ts";

/**
 * Who may send from this process: so many customers at once, each with one place, and those who found none in the order in
 * which they first asked. So one customer's slow receivers, however many, never take the places of all.
 */
export class SendingPlaces {
  readonly #inside = new Set<TenantId>();
  /** When each of those who wait asked last; who has waited longest comes first. */
  readonly #line = new Map<TenantId, number>();

  /** How to give the place back; null when there is none now: ask again after `noPlaceMs`. */
  take(tenantId: TenantId, nowMs: number): (() => void) | null {
    if (this.#inside.has(tenantId)) return null;
    if (!this.#isNext(tenantId, nowMs)) {
      this.#line.set(tenantId, nowMs);
      return null;
    }
    this.#line.delete(tenantId);
    this.#inside.add(tenantId);
    return () => void this.#inside.delete(tenantId);
  }

  /** Whether a place is left when everybody who has waited longer, and still asks, has one. */
  #isNext(tenantId: TenantId, nowMs: number): boolean {
    let free = webhooksLimits.atOnce - this.#inside.size;
    for (const [other, askedMs] of this.#line) {
      if (free <= 0 || other === tenantId) break;
      if (askedMs < nowMs - webhooksLimits.lineMs) this.#line.delete(other);
      else free--;
    }
    return free > 0;
  }
}
