import type { Ending } from "./departure.ts";
import { departureLimits } from "./limits.ts";

/** When the deletion begins that the customer asked for before the window ends; until then the wish can be taken back. */
export const erasesAt = ({ eraseWantedAt }: Pick<Ending, "eraseWantedAt">): Date | null =>
  eraseWantedAt === null ? null : new Date(eraseWantedAt.getTime() + departureLimits.eraseGraceMs);

const isGraceOver = (ending: Ending, nowMs: number): boolean =>
  (erasesAt(ending)?.getTime() ?? Number.POSITIVE_INFINITY) <= nowMs;

/** Whether the window is over, or the customer wanted less of it long enough ago to have taken that back. */
export const isDue = (ending: Ending, nowMs: number): boolean =>
  !(ending.retrievalUntil.getTime() > nowMs && !isGraceOver(ending, nowMs));
