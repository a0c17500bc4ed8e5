import { useSession } from "@casaforte/ui-kit/console";
import { PeoplePage } from "@casaforte/ui-kit/people";

/** The operators and their roles. */
export function People() {
  const { session, signedOut } = useSession();
  return <PeoplePage session={session} onSignedOut={signedOut} />;
}
