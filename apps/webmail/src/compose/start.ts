import type { ReplyKind } from "./reply.ts";

/** How a composer opens: empty, on a kept draft, or as an answer to a message. */
export type ComposeStart =
  | { readonly kind: "new" }
  | { readonly kind: "draft"; readonly emailId: string }
  | { readonly kind: ReplyKind; readonly emailId: string };
