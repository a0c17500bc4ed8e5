import { createContext, useContext } from "react";
import type { SessionReply } from "../auth-api.ts";

export interface SessionState {
  readonly session: SessionReply;
  readonly signedOut: () => void;
  /** Reads the session again, after its second factors changed. */
  readonly refresh: () => Promise<void>;
}

export const SessionContext = createContext<SessionState | null>(null);

/** The signed-in person; only below the sign-in page. */
export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (state === null) throw new Error("no session above this component");
  return state;
}
