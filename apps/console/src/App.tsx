import { auth, LoadingState, onSignedOut, type SessionReply, SignIn } from "@casaforte/ui-kit";
import { useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { router } from "./router.tsx";
import { SessionContext } from "./session.ts";

/** Signed in or not; everything else is behind the router. */
export function App() {
  const client = useQueryClient();
  const [session, setSession] = useState<SessionReply | null | undefined>(undefined);
  useEffect(() => {
    auth.session().then(setSession, () => setSession(null));
    return onSignedOut(() => setSession(null));
  }, []);
  const signedOut = useCallback(() => {
    client.clear();
    setSession(null);
  }, [client]);
  const refresh = useCallback(async () => setSession(await auth.session()), []);
  const state = useMemo(() => (session ? { session, signedOut, refresh } : null), [session, signedOut, refresh]);
  if (session === undefined) return <LoadingState />;
  if (session === null) {
    return (
      <SignIn
        product="Console"
        onSignedIn={(next) => {
          client.clear();
          setSession(next);
        }}
      />
    );
  }
  return (
    <SessionContext value={state}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}
