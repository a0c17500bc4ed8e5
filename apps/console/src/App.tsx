import { auth, LoadingState, onSignedOut, type SessionReply, SignIn } from "@casaforte/ui-kit";
import { useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
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
  const signedOut = () => {
    client.clear();
    setSession(null);
  };
  return (
    <SessionContext value={{ session, signedOut, refresh: async () => setSession(await auth.session()) }}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}
