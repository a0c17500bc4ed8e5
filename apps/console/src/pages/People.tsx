import { useSession } from "@casaforte/ui-kit/console";
import { PeoplePage } from "@casaforte/ui-kit/people";

/** Who works here and what they may do. */
export function People() {
  const { session, signedOut } = useSession();
  return <PeoplePage session={session} onSignedOut={signedOut} />;
}
