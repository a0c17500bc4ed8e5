import type { SessionReply } from "../auth-api.ts";

/** Who is signed in, and what follows the way out. */
export interface AccountMenuProps {
  readonly session: SessionReply;
  readonly onSignedOut: () => void;
}
