import { Loaded, useSession } from "@casaforte/ui-kit/console";
import { TicketPage, TicketsPage } from "@casaforte/ui-kit/tickets";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { providerQuery } from "../queries.ts";

const useMayWrite = () => useSession().session.role !== "read_only";

/** The organisation's requests to support (R16–R19). */
export function Tickets() {
  const navigate = useNavigate();
  const mayWrite = useMayWrite();
  const { about } = useSearch({ from: "/tickets" });
  return (
    <Loaded query={useQuery(providerQuery)}>
      {({ supportAddress }) => (
        <TicketsPage
          supportAddress={supportAddress}
          mayWrite={mayWrite}
          about={about}
          onAsked={() => void navigate({ to: "/tickets", replace: true })}
          onOpen={(id) => void navigate({ to: "/tickets/$id", params: { id } })}
        />
      )}
    </Loaded>
  );
}

/** One request. */
export function Ticket() {
  const { id } = useParams({ from: "/tickets/$id" });
  const navigate = useNavigate();
  return (
    <TicketPage
      id={id}
      mayWrite={useMayWrite()}
      onBack={() => void navigate({ to: "/tickets" })}
      onOpen={(other) => void navigate({ to: "/tickets/$id", params: { id: other } })}
      onAgain={(about) => void navigate({ to: "/tickets", search: { about } })}
    />
  );
}
