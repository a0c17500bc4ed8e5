import { tenantsReplySchema } from "@casaforte/contract/tenants";
import { callChecked, Loaded, useSession } from "@casaforte/ui-kit/console";
import { OperatorTicketPage, QueuePage } from "@casaforte/ui-kit/tickets";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { TicketGrants } from "../grants/TicketGrants.tsx";

/** Names to choose a customer from. */
const tenantNames = queryOptions({
  queryKey: ["tenants", "names"],
  queryFn: async ({ signal }) =>
    (await callChecked("/api/tenants", { query: { count: 200 }, reply: tenantsReplySchema, signal })).tenants.map(
      ({ tenantId, name }) => ({ id: tenantId, name }),
    ),
});

const useMayWrite = () => useSession().session.operatorRoles.length > 0;

/** Every customer's requests, what is due first on top. */
export function Tickets() {
  const navigate = useNavigate();
  const mayWrite = useMayWrite();
  return (
    <Loaded query={useQuery(tenantNames)}>
      {(tenants) => (
        <QueuePage
          tenants={tenants}
          mayWrite={mayWrite}
          onOpen={(params) => void navigate({ to: "/tickets/$tenantId/$id", params })}
        />
      )}
    </Loaded>
  );
}

/** One ticket at the desk. */
export function Ticket() {
  const { tenantId, id } = useParams({ from: "/tickets/$tenantId/$id" });
  const navigate = useNavigate();
  const { session } = useSession();
  const mayWrite = useMayWrite();
  return (
    <Loaded query={useQuery(tenantNames)}>
      {(tenants) => (
        <>
          <OperatorTicketPage
            tenantId={tenantId}
            id={id}
            operatorId={session.principalId}
            tenants={tenants}
            mayWrite={mayWrite}
            onBack={() => void navigate({ to: "/tickets" })}
            onOpen={(other) => void navigate({ to: "/tickets/$tenantId/$id", params: { tenantId, id: other } })}
          />
          {tenants.some((tenant) => tenant.id === tenantId) ? (
            <TicketGrants tenantId={tenantId} ticketId={id} mayWrite={mayWrite} />
          ) : null}
        </>
      )}
    </Loaded>
  );
}
