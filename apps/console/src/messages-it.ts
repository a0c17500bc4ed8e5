import { delivery } from "./messages/it/delivery.ts";
import { devices } from "./messages/it/devices.ts";
import { frame } from "./messages/it/frame.ts";
import { home } from "./messages/it/home.ts";
import { mail } from "./messages/it/mail.ts";
import { points } from "./messages/it/points.ts";
import { policies } from "./messages/it/policies.ts";
import { spaces } from "./messages/it/spaces.ts";

/** The console's words in Italian, by page; a page's own ids begin with its name. */
export const it = { ...frame, ...home, ...spaces, ...devices, ...points, ...mail, ...delivery, ...policies } as const;
