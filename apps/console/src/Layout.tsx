import { EmptyState, Frame, type SessionReply } from "@casaforte/ui-kit";
import { AccountMenu, NavSection, PaletteButton, useSession } from "@casaforte/ui-kit/console";
import { Button, NavLink } from "@mantine/core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, useEffect } from "react";
import { ActingBanner } from "./grants/ActingBanner.tsx";
import { NoticeBanner } from "./notices/NoticeBanner.tsx";
import { useLiveUpdates } from "./queries.ts";
import { useT } from "./translate.ts";

const ConsolePalette = lazy(async () => ({ default: (await import("./palette/ConsolePalette.tsx")).ConsolePalette }));

interface NavGroup {
  /** The subject's name; null for what stands above all. */
  readonly id: string | null;
  readonly links: readonly NavEntry[];
}

interface NavEntry {
  readonly to: string;
  readonly id: string;
  /** Who may see the page; everybody of the organisation when absent. */
  readonly roles?: readonly SessionReply["role"][];
}

const everybody = ["owner", "admin", "technician", "billing", "read_only", "auditor"] as const;

const sections = [
  {
    id: null,
    links: [{ to: "/", id: "nav.home" }],
  },
  {
    id: "nav.section.backup",
    links: [
      { to: "/spaces", id: "nav.spaces" },
      { to: "/devices", id: "nav.devices" },
      { to: "/restore", id: "nav.restore", roles: ["owner", "admin", "technician"] },
      { to: "/policies", id: "nav.policies" },
      { to: "/usage", id: "nav.usage" },
    ],
  },
  {
    id: "nav.section.mail",
    links: [
      { to: "/mail", id: "nav.mail" },
      { to: "/domains", id: "nav.domains" },
      { to: "/delivery", id: "nav.delivery" },
      { to: "/migration", id: "nav.migration" },
    ],
  },
  {
    id: "nav.section.contract",
    links: [
      { to: "/services", id: "nav.services" },
      { to: "/costs", id: "nav.costs", roles: ["owner", "admin", "billing", "read_only"] },
      { to: "/invoices", id: "nav.invoices", roles: ["owner", "admin", "billing", "read_only"] },
      { to: "/documents", id: "nav.documents" },
      { to: "/leaving", id: "nav.leaving", roles: ["owner", "admin"] },
    ],
  },
  {
    id: "nav.section.help",
    links: [
      { to: "/tickets", id: "nav.tickets" },
      { to: "/notices", id: "nav.notices" },
    ],
  },
  {
    id: "nav.section.access",
    links: [
      { to: "/people", id: "nav.people", roles: ["owner", "admin"] },
      { to: "/support-access", id: "nav.supportAccess", roles: ["owner", "admin"] },
      { to: "/audit", id: "nav.audit", roles: ["owner", "admin", "read_only"] },
      { to: "/audits", id: "nav.inspections", roles: ["owner", "admin", "read_only"] },
      {
        to: "/data-protection",
        id: "nav.dataProtection",
        roles: ["owner", "admin", "billing", "technician", "read_only"],
      },
      { to: "/evidence", id: "nav.evidence", roles: ["owner", "admin", "read_only", "auditor"] },
      { to: "/programs", id: "nav.programs" },
      { to: "/security", id: "nav.security", roles: everybody },
    ],
  },
] as const satisfies readonly NavGroup[];

type Entry = (typeof sections)[number]["links"][number];
const links = sections.flatMap<Entry>((section) => [...section.links]);

/** Where support, let in by the customer, finds nothing (R90). */
const closedToSupport: readonly string[] = [
  ...[
    "/restore",
    "/delivery",
    "/leaving",
    "/people",
    "/support-access",
    "/audits",
    "/evidence",
    "/programs",
    "/security",
  ],
];

const mayOpen = ({ roles, to }: NavEntry, { role, acting }: Pick<SessionReply, "role" | "acting">): boolean =>
  (acting === null || !closedToSupport.includes(to)) &&
  // Auditors come from outside: they see what names them and nothing else.
  (roles === undefined ? role !== "auditor" : roles.includes(role));

export function Layout() {
  const t = useT();
  const { session, signedOut } = useSession();
  const { pathname } = useLocation();
  const isAuditor = session.role === "auditor";
  useLiveUpdates(!isAuditor && session.acting === null);
  const here = links.findLast((link) => (link.to === "/" ? pathname === "/" : pathname.startsWith(link.to)));
  useEffect(() => {
    document.title = here ? `${t(here.id)} · ${t("app.title")}` : t("app.title");
  });
  const pages = links.filter((link) => mayOpen(link, session)).map(({ to, id }) => ({ to, label: t(id) }));
  return (
    <Frame
      product="Console"
      actions={
        <>
          <PaletteButton palette={(close) => <ConsolePalette pages={pages} onClose={close} />} />
          <AccountMenu session={session} onSignedOut={signedOut} />
        </>
      }
      navigation={(close) =>
        sections.map((section) => (
          <NavSection key={section.id} {...(section.id === null ? {} : { title: t(section.id) })}>
            {[...section.links]
              .filter((link) => mayOpen(link, session))
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
      <ActingBanner />
      {isAuditor ? null : <NoticeBanner />}
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
