import { PeoplePage } from "@casaforte/ui-kit/people";
import { useSession } from "../session.ts";

/** The operators and their roles. */
export function People() {
  const { session, signedOut } = useSession();
  return <PeoplePage session={session} onSignedOut={signedOut} />;
}
