import { EmptyState, Frame, type SessionReply } from "@casaforte/ui-kit";
import { AccountMenu, useSession } from "@casaforte/ui-kit/console";
import { Button, NavLink } from "@mantine/core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { NoticeBanner } from "./notices/NoticeBanner.tsx";
import { useLiveUpdates } from "./queries.ts";
import { useT } from "./translate.ts";

interface NavEntry {
  readonly to: string;
  readonly id: string;
  /** Who may see the page; everybody when absent. */
  readonly roles?: readonly SessionReply["role"][];
}

const links = [
  { to: "/", id: "nav.home" },
  { to: "/spaces", id: "nav.spaces" },
  { to: "/devices", id: "nav.devices" },
  { to: "/restore", id: "nav.restore", roles: ["owner", "admin", "technician"] },
  { to: "/usage", id: "nav.usage" },
  { to: "/policies", id: "nav.policies" },
  { to: "/mail", id: "nav.mail" },
  { to: "/domains", id: "nav.domains" },
  { to: "/delivery", id: "nav.delivery" },
  { to: "/notices", id: "nav.notices" },
  { to: "/tickets", id: "nav.tickets" },
  { to: "/services", id: "nav.services" },
  { to: "/costs", id: "nav.costs", roles: ["owner", "admin", "billing", "read_only"] },
  { to: "/invoices", id: "nav.invoices", roles: ["owner", "admin", "billing", "read_only"] },
  { to: "/documents", id: "nav.documents" },
  { to: "/people", id: "nav.people", roles: ["owner", "admin"] },
  { to: "/audit", id: "nav.audit", roles: ["owner", "admin", "read_only"] },
  { to: "/leaving", id: "nav.leaving", roles: ["owner", "admin"] },
  { to: "/security", id: "nav.security" },
] as const satisfies readonly NavEntry[];

const mayOpen = ({ roles }: NavEntry, role: SessionReply["role"]): boolean =>
  roles === undefined || roles.includes(role);

export function Layout() {
  const t = useT();
  const { session, signedOut } = useSession();
  const { pathname } = useLocation();
  useLiveUpdates();
  const here = links.findLast((link) => (link.to === "/" ? pathname === "/" : pathname.startsWith(link.to)));
  useEffect(() => {
    document.title = here ? `${t(here.id)} · ${t("app.title")}` : t("app.title");
  });
  return (
    <Frame
      product="Console"
      actions={<AccountMenu session={session} onSignedOut={signedOut} />}
      navigation={(close) =>
        links
          .filter((link) => mayOpen(link, session.role))
          .map((link) => (
            <NavLink
              key={link.to}
              renderRoot={(props) => <Link {...props} to={link.to} />}
              label={t(link.id)}
              active={link === here}
              aria-current={link === here ? "page" : undefined}
              onClick={close}
            />
          ))
      }
    >
      <NoticeBanner />
      <Outlet />
    </Frame>
  );
}

export function NotFound() {
  const t = useT();
  return (
    <EmptyState
      title={t("notFound.title")}
      text={t("notFound.text")}
      action={<Button renderRoot={(props) => <Link {...props} to="/" />}>{t("nav.home")}</Button>}
    />
  );
}
