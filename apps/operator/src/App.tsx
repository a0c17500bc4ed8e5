import { auth, LoadingState, onRestricted, onSignedOut, type SessionReply, SignIn } from "@casaforte/ui-kit";
import { useQueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { router } from "./router.tsx";
import { SessionContext } from "./session.ts";

const MustEnrol = lazy(async () => ({ default: (await import("@casaforte/ui-kit/security")).MustEnrol }));

/** Signed in or not; everything else is behind the router. */
export function App() {
  const client = useQueryClient();
  const [session, setSession] = useState<SessionReply | null | undefined>(undefined);
  const refresh = useCallback(async () => setSession(await auth.session()), []);
  useEffect(() => {
    refresh().catch(() => setSession(null));
    const stops = [onSignedOut(() => setSession(null)), onRestricted(() => void refresh().catch(() => undefined))];
    return () => {
      for (const stop of stops) stop();
    };
  }, [refresh]);
  const signedOut = useCallback(() => {
    client.clear();
    setSession(null);
  }, [client]);
  const state = useMemo(() => (session ? { session, signedOut, refresh } : null), [session, signedOut, refresh]);
  if (session === undefined) return <LoadingState />;
  if (session === null) {
    return (
      <SignIn
        product="Operator"
        onSignedIn={(next) => {
          client.clear();
          setSession(next);
        }}
      />
    );
  }
  if (session.mustEnrol)
    return (
      <Suspense fallback={<LoadingState />}>
        <MustEnrol
          product="Operator"
          session={session}
          onEnrolled={() => void client.resetQueries().then(refresh)}
          onSignedOut={signedOut}
        />
      </Suspense>
    );
  return (
    <SessionContext value={state}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}
