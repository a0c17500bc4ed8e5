import type { SessionReply } from "@casaforte/ui-kit";
import { useSession, WithTexts } from "@casaforte/ui-kit/console";
import { Palette, type PaletteGroup, paletteTexts, usePaletteText } from "@casaforte/ui-kit/palette";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { findThings } from "./find-things.ts";

export interface ConsolePaletteProps {
  /** The pages that this person may open, as the navigation names them. */
  readonly pages: readonly { readonly to: string; readonly label: string }[];
  /** Told whether something was chosen. */
  readonly onClose: (hasGone: boolean) => void;
}

/** Leads to every page, to each thing with a name, and to what is done most (ux.md §7). */
export const ConsolePalette = (props: ConsolePaletteProps) => (
  <WithTexts catalogues={paletteTexts}>
    <Own {...props} />
  </WithTexts>
);

/** What the pages behind the acts let these do; the server asks again. */
const mayAdd = ({ role, acting }: SessionReply): boolean =>
  acting === null && ["owner", "admin", "technician"].includes(role ?? "");
const mayAsk = ({ role, acting }: SessionReply): boolean =>
  acting === null && role !== "read_only" && role !== "auditor";

function Own({ pages, onClose }: ConsolePaletteProps) {
  const t = usePaletteText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { history } = useRouter();
  const { session } = useSession();
  const go = (path: string) => history.push(path);
  const acts = {
    newSpace: () => void navigate({ to: "/spaces/new" }),
    newDevice: () => void navigate({ to: "/devices", search: { add: true } }),
    newMailbox: () => void navigate({ to: "/mail", search: { add: true } }),
    newTicket: () => void navigate({ to: "/tickets", search: { about: "" } }),
  };
  const own: readonly PaletteGroup[] = [
    { label: t("palette.pages"), entries: pages.map(({ to, label }) => ({ id: to, label, go: () => go(to) })) },
    {
      label: t("palette.acts"),
      entries: (["newSpace", "newDevice", "newMailbox", "newTicket"] as const)
        .filter((act) => (act === "newTicket" ? mayAsk(session) : mayAdd(session)))
        .map((act) => ({ id: act, label: t(`palette.${act}`), go: acts[act] })),
    },
  ];
  return (
    <Palette own={own} find={(text, signal) => findThings(text, { pages, client, signal, go })} onClose={onClose} />
  );
}
