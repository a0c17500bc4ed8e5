import { AuditPage } from "@casaforte/ui-kit/audit";
import { Loaded, useSession } from "@casaforte/ui-kit/console";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { tenantQuery } from "../queries.ts";

/** A customer's log; the customer sees that it was read. */
export function TenantLog() {
  const { session } = useSession();
  const { id } = useParams({ from: "/tenants/$id/log" });
  return (
    <Loaded query={useQuery(tenantQuery(id))}>
      {(tenant) => <AuditPage session={session} tenantId={id} of={tenant.name} />}
    </Loaded>
  );
}
