import { useSession } from "@casaforte/ui-kit/console";
import { OperatorTicketPage, QueuePage } from "@casaforte/ui-kit/tickets";
import { useNavigate, useParams } from "@tanstack/react-router";
import { TicketGrants } from "../grants/TicketGrants.tsx";

const useMayWrite = () => useSession().session.operatorRoles.length > 0;

/** Every customer's requests, what is due first on top. */
export function Tickets() {
  const navigate = useNavigate();
  const mayWrite = useMayWrite();
  return <QueuePage mayWrite={mayWrite} onOpen={(params) => void navigate({ to: "/tickets/$tenantId/$id", params })} />;
}

/** One ticket at the desk. */
export function Ticket() {
  const { tenantId, id } = useParams({ from: "/tickets/$tenantId/$id" });
  const navigate = useNavigate();
  const { session } = useSession();
  const mayWrite = useMayWrite();
  return (
    <OperatorTicketPage
      tenantId={tenantId}
      id={id}
      operatorId={session.principalId}
      mayWrite={mayWrite}
      onBack={() => void navigate({ to: "/tickets" })}
      onOpen={(other) => void navigate({ to: "/tickets/$tenantId/$id", params: { tenantId, id: other } })}
      onCustomer={() => void navigate({ to: "/tenants/$id", params: { id: tenantId } })}
    >
      <TicketGrants tenantId={tenantId} ticketId={id} mayWrite={mayWrite} />
    </OperatorTicketPage>
  );
}
