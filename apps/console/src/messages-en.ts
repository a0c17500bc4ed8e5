import { delivery } from "./messages/en/delivery.ts";
import { devices } from "./messages/en/devices.ts";
import { frame } from "./messages/en/frame.ts";
import { home } from "./messages/en/home.ts";
import { mail } from "./messages/en/mail.ts";
import { points } from "./messages/en/points.ts";
import { policies } from "./messages/en/policies.ts";
import { spaces } from "./messages/en/spaces.ts";
import type { it } from "./messages-it.ts";

/** The same words in English. */
export const en = {
  ...frame,
  ...home,
  ...spaces,
  ...devices,
  ...points,
  ...mail,
  ...delivery,
  ...policies,
} as const satisfies Record<keyof typeof it, string>;
