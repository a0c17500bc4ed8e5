import { AuditPage } from "@casaforte/ui-kit/audit";
import { useSession } from "@casaforte/ui-kit/console";

/** Who did what at the provider. */
export function Audit() {
  return <AuditPage session={useSession().session} />;
}
