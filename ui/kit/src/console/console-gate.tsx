import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { auth, type SessionReply } from "../auth-api.ts";
import { LoadingState } from "../components/states.tsx";
import { onRestricted, onSignedOut } from "../http.ts";
import { SessionContext } from "./session.ts";

/** Apart, since whoever is signed in already needs none of it. */
const SignIn = lazy(async () => ({ default: (await import("../components/sign-in.tsx")).SignIn }));
const MustEnrol = lazy(async () => ({ default: (await import("../security/index.ts")).MustEnrol }));

export interface ConsoleGateProps {
  /** Beside the brand: `Console`, `Operator`. */
  readonly product: string;
  /** Below the sign-in form. */
  readonly footer?: ReactNode;
  /** The console itself, for whoever is signed in. */
  readonly children: ReactNode;
}

/** In front of a console: signs in, asks for a second step where one is required, and tells below who is there. */
export function ConsoleGate({ product, footer, children }: ConsoleGateProps) {
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
      <Suspense fallback={<LoadingState />}>
        <SignIn
          product={product}
          footer={footer}
          onSignedIn={(next) => {
            client.clear();
            setSession(next);
          }}
        />
      </Suspense>
    );
  }
  if (session.mustEnrol)
    return (
      <Suspense fallback={<LoadingState />}>
        <MustEnrol
          product={product}
          session={session}
          onEnrolled={() => void client.resetQueries().then(refresh)}
          onSignedOut={signedOut}
        />
      </Suspense>
    );
  return <SessionContext value={state}>{children}</SessionContext>;
}
