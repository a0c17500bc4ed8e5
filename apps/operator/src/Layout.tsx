import { EmptyState, Frame, type SessionReply } from "@casaforte/ui-kit";
import { AccountMenu, NavSection, PaletteButton, useSession } from "@casaforte/ui-kit/console";
import { Button, NavLink } from "@mantine/core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, useEffect } from "react";
import { useT } from "./translate.ts";

const OperatorPalette = lazy(async () => ({
  default: (await import("./palette/OperatorPalette.tsx")).OperatorPalette,
}));

interface NavGroup {
  /** The subject's name; null for what stands above all. */
  readonly id: string | null;
  readonly links: readonly NavEntry[];
}

interface NavEntry {
  readonly to: string;
  readonly id: string;
  /** Who may see the page; every operator when absent. */
  readonly roles?: Readonly<OperatorRoles>;
}

const sections = [
  {
    id: null,
    links: [
      { to: "/", id: "nav.health" },
      { to: "/operation", id: "nav.operation" },
      { to: "/drifts", id: "nav.drifts" },
    ],
  },
  {
    id: "nav.section.customers",
    links: [
      { to: "/tenants", id: "nav.tenants" },
      { to: "/tickets", id: "nav.tickets" },
      { to: "/notices", id: "nav.notices" },
      { to: "/measures", id: "nav.measures" },
      { to: "/departures", id: "nav.departures" },
      { to: "/charter", id: "nav.charter" },
      { to: "/customer-audits", id: "nav.customerAudits" },
      { to: "/complaints", id: "nav.complaints", roles: ["legal", "security"] },
      { to: "/processors", id: "nav.processors" },
      { to: "/security-incidents", id: "nav.securityIncidents", roles: ["legal", "security"] },
      { to: "/legal", id: "nav.legal", roles: ["legal"] },
    ],
  },
  {
    id: "nav.section.offer",
    links: [
      { to: "/catalogue", id: "nav.catalogue" },
      { to: "/inventory", id: "nav.inventory" },
      { to: "/billing", id: "nav.billing" },
      { to: "/approvals", id: "nav.approvals" },
    ],
  },
  {
    id: "nav.section.mail",
    links: [
      { to: "/queue", id: "nav.queue" },
      { to: "/abuse", id: "nav.abuse" },
      { to: "/outbox", id: "nav.outbox" },
    ],
  },
  {
    id: "nav.section.access",
    links: [
      { to: "/people", id: "nav.people", roles: ["security"] },
      { to: "/audit", id: "nav.audit", roles: ["security", "legal"] },
      { to: "/retention", id: "nav.retention" },
      { to: "/programs", id: "nav.programs" },
      { to: "/security", id: "nav.security" },
    ],
  },
] as const satisfies readonly NavGroup[];

type Entry = (typeof sections)[number]["links"][number];
const links = sections.flatMap<Entry>((section) => [...section.links]);

type OperatorRoles = SessionReply["operatorRoles"];

const mayOpen = ({ roles }: NavEntry, own: OperatorRoles): boolean =>
  roles === undefined || roles.some((role) => own.includes(role));

export function Layout() {
  const t = useT();
  const { session, signedOut } = useSession();
  const { pathname } = useLocation();
  const here = links.findLast((link) => (link.to === "/" ? pathname === "/" : pathname.startsWith(link.to)));
  useEffect(() => {
    document.title = here ? `${t(here.id)} · ${t("app.title")}` : t("app.title");
  });
  const pages = links
    .filter((link) => mayOpen(link, session.operatorRoles))
    .map(({ to, id }) => ({ to, label: t(id) }));
  return (
    <Frame
      product="Operator"
      actions={
        <>
          <PaletteButton palette={(close) => <OperatorPalette pages={pages} onClose={close} />} />
          <AccountMenu session={session} onSignedOut={signedOut} />
        </>
      }
      navigation={(close) =>
        sections.map((section) => (
          <NavSection key={section.id} {...(section.id === null ? {} : { title: t(section.id) })}>
            {[...section.links]
              .filter((link) => mayOpen(link, session.operatorRoles))
              .map((link) => (
                <NavLink
                  key={link.to}
                  renderRoot={(props) => <Link {...props} to={link.to} />}
                  label={t(link.id)}
                  active={link === here}
                  aria-current={link === here ? "page" : undefined}
                  onClick={close}
                />
              ))}
          </NavSection>
        ))
      }
    >
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
      action={<Button renderRoot={(props) => <Link {...props} to="/" />}>{t("nav.health")}</Button>}
    />
  );
}
