import { tenantsReplySchema } from "@casaforte/contract/tenants";
import { operatorTicketListSchema } from "@casaforte/contract/tickets";
import { callChecked, useSession, WithTexts } from "@casaforte/ui-kit/console";
import { Palette, type PaletteGroup, paletteTexts, usePaletteText } from "@casaforte/ui-kit/palette";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useT } from "../translate.ts";

/** Of each kind; more are found on its page. */
const shownMax = 5;

export interface OperatorPaletteProps {
  /** The pages that this operator may open, as the navigation names them. */
  readonly pages: readonly { readonly to: string; readonly label: string }[];
  /** Told whether something was chosen. */
  readonly onClose: (hasGone: boolean) => void;
}

/** Leads to every page, to customers and tickets by the server's own searches, and to what is done most (ux.md §7). */
export const OperatorPalette = (props: OperatorPaletteProps) => (
  <WithTexts catalogues={paletteTexts}>
    <Own {...props} />
  </WithTexts>
);

function Own({ pages, onClose }: OperatorPaletteProps) {
  const t = usePaletteText();
  const page = useT();
  const navigate = useNavigate();
  const { history } = useRouter();
  const { operatorRoles } = useSession().session;
  const to = (path: string) => () => history.push(path);
  const newTenant = () => void navigate({ to: "/tenants", search: { add: true } });
  const newNotice = () => void navigate({ to: "/notices", search: { add: true } });
  const mayWrite = operatorRoles.some((role) => role === "support" || role === "infra" || role === "security");
  const own: readonly PaletteGroup[] = [
    { label: t("palette.pages"), entries: pages.map(({ to: id, label }) => ({ id, label, go: to(id) })) },
    {
      label: t("palette.acts"),
      entries: [
        { id: "newTenant", label: t("palette.newTenant"), go: newTenant },
        ...(mayWrite ? [{ id: "newNotice", label: t("palette.newNotice"), go: newNotice }] : []),
      ],
    },
  ];
  const find = async (text: string, signal: AbortSignal): Promise<readonly PaletteGroup[]> => {
    const query = { search: text, count: shownMax };
    const [{ tenants }, { tickets }] = await Promise.all([
      callChecked("/api/tenants", { query, reply: tenantsReplySchema, signal }),
      callChecked("/api/desk/tickets", { query: { ...query, state: "all" }, reply: operatorTicketListSchema, signal }),
    ]);
    const groups = [
      {
        label: page("nav.tenants"),
        entries: tenants.map(({ tenantId: id, name }) => ({ id, label: name, go: to(`/tenants/${id}`) })),
      },
      {
        label: page("nav.tickets"),
        entries: tickets.map(({ tenantId, id, number, subject, tenantName }) => ({
          ...{ id, label: subject, hint: `#${number} · ${tenantName}`, go: to(`/tickets/${tenantId}/${id}`) },
        })),
      },
    ];
    return groups.filter(({ entries }) => entries.length > 0);
  };
  return <Palette own={own} find={find} onClose={onClose} />;
}
