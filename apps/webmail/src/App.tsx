import { auth, ErrorState, LoadingState, onSignedOut, type SessionReply } from "@casaforte/ui-kit";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { MailClient } from "./jmap/client.ts";
import { MailScreen } from "./mail/MailScreen.tsx";
import { renewPush } from "./push/browser-push.ts";

/** Apart, since whoever is signed in already needs none of it. */
const SignIn = lazy(async () => ({ default: (await import("@casaforte/ui-kit/sign-in")).SignIn }));
const MustEnrol = lazy(async () => ({ default: (await import("@casaforte/ui-kit/security")).MustEnrol }));
const ConnectProgram = lazy(async () => ({ default: (await import("./settings/ConnectProgram.tsx")).ConnectProgram }));

type Phase =
  | { readonly name: "opening" }
  | { readonly name: "signedOut" }
  | { readonly name: "mustEnrol"; readonly session: SessionReply }
  | { readonly name: "failed"; readonly error: unknown }
  | { readonly name: "program"; readonly query: string; readonly login: string }
  | { readonly name: "mail"; readonly client: MailClient };

/** A page that stays open visits anew so often: a subscription lives for a week without. */
const renewPushMs = 6 * 60 * 60 * 1000;

/** Who is signed in decides what is on the page: the way in, or the mail. */
export function App() {
  const [phase, setPhase] = useState<Phase>({ name: "opening" });
  const open = useCallback(async (): Promise<void> => {
    setPhase({ name: "opening" });
    try {
      const session = await auth.session();
      if (session === null) return setPhase({ name: "signedOut" });
      if (session.mustEnrol) return setPhase({ name: "mustEnrol", session });
      if (location.pathname === "/oauth/authorize")
        return setPhase({ name: "program", query: location.search, login: session.login });
      const client = await MailClient.open();
      setPhase({ name: "mail", client });
    } catch (error) {
      setPhase({ name: "failed", error });
    }
  }, []);
  useEffect(() => {
    void open();
    return onSignedOut(() => setPhase({ name: "signedOut" }));
  }, [open]);
  const home = phase.name === "mail" ? phase.client.home : null;
  useEffect(() => {
    if (home === null) return;
    void renewPush(home);
    const timer = setInterval(() => void renewPush(home), renewPushMs);
    return () => clearInterval(timer);
  }, [home]);
  switch (phase.name) {
    case "opening":
      return <LoadingState />;
    case "signedOut":
      return (
        <Suspense fallback={<LoadingState />}>
          <SignIn product="Mail" onSignedIn={() => void open()} />
        </Suspense>
      );
    case "mustEnrol":
      return (
        <Suspense fallback={<LoadingState />}>
          <MustEnrol
            product="Mail"
            session={phase.session}
            onEnrolled={() => void open()}
            onSignedOut={() => setPhase({ name: "signedOut" })}
          />
        </Suspense>
      );
    case "failed":
      return <ErrorState error={phase.error} onRetry={() => void open()} />;
    case "program":
      return (
        <Suspense fallback={<LoadingState />}>
          <ConnectProgram query={phase.query} login={phase.login} />
        </Suspense>
      );
    case "mail":
      return (
        <MailScreen
          key={phase.client.accountId}
          client={phase.client}
          onEnter={(client) => setPhase({ name: "mail", client })}
          onSignedOut={() => setPhase({ name: "signedOut" })}
        />
      );
  }
}
