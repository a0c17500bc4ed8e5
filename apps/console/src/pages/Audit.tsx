import { AuditPage } from "@casaforte/ui-kit/audit";
import { useSession } from "@casaforte/ui-kit/console";

/** Who did what in this organisation. */
export function Audit() {
  return <AuditPage session={useSession().session} />;
}
