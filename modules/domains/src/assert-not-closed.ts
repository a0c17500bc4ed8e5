import { Failure } from "@casaforte/kernel";
import type { Domain } from "./types.ts";

/** @throws conflict `domains.closed` for a domain that is being deleted. */
export function assertNotClosed({ closedAt }: Pick<Domain, "closedAt">): void {
  if (closedAt !== null) throw new Failure("conflict", "domains.closed", "this domain is being deleted");
}
