import { PeoplePage } from "@casaforte/ui-kit/people";
import { useSession } from "../session.ts";

/** Who works here and what they may do. */
export function People() {
  const { session, signedOut } = useSession();
  return <PeoplePage session={session} onSignedOut={signedOut} />;
}
