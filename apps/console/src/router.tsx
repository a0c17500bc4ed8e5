import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Layout, NotFound } from "./Layout.tsx";
import { Start } from "./pages/Start.tsx";

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });
const tree = root.addChildren([
  createRoute({ getParentRoute: () => root, path: "/", component: Start }),
  createRoute({
    getParentRoute: () => root,
    path: "/spaces",
    component: lazyRouteComponent(() => import("./pages/Spaces.tsx"), "Spaces"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/spaces/new",
    component: lazyRouteComponent(() => import("./pages/OrderSpace.tsx"), "OrderSpace"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/notices",
    component: lazyRouteComponent(() => import("./pages/Notices.tsx"), "Notices"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/services",
    component: lazyRouteComponent(() => import("./pages/Services.tsx"), "Services"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/leaving",
    component: lazyRouteComponent(() => import("./pages/Leaving.tsx"), "Leaving"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/costs",
    component: lazyRouteComponent(() => import("./pages/Costs.tsx"), "Costs"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/invoices",
    component: lazyRouteComponent(() => import("./pages/Invoices.tsx"), "Invoices"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/invoices/$id",
    component: lazyRouteComponent(() => import("./pages/InvoiceDetail.tsx"), "InvoiceDetail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/billing-data",
    component: lazyRouteComponent(() => import("./pages/BillingData.tsx"), "BillingData"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/documents",
    component: lazyRouteComponent(() => import("./pages/Documents.tsx"), "Documents"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/devices",
    validateSearch: (search): { readonly q?: string | undefined; readonly add?: true | undefined } => ({
      q: textOf(search["q"]),
      add: search["add"] === true ? true : undefined,
    }),
    component: lazyRouteComponent(() => import("./pages/Devices.tsx"), "Devices"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/devices/$id",
    component: lazyRouteComponent(() => import("./pages/DeviceDetail.tsx"), "DeviceDetail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/restore",
    validateSearch: (search): { readonly [name in "device" | "point" | "at"]?: string | undefined } => ({
      device: textOf(search["device"]),
      point: textOf(search["point"]),
      at: textOf(search["at"]),
    }),
    component: lazyRouteComponent(() => import("./pages/Restore.tsx"), "Restore"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/policies",
    component: lazyRouteComponent(() => import("./pages/Policies.tsx"), "Policies"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/policies/$id",
    component: lazyRouteComponent(() => import("./pages/PolicyEditor.tsx"), "PolicyEditor"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/usage",
    validateSearch: (search): { readonly space?: string | undefined; readonly days?: string | undefined } => ({
      space: textOf(search["space"]),
      days: search["days"] === undefined ? undefined : String(search["days"]),
    }),
    component: lazyRouteComponent(() => import("./pages/Usage.tsx"), "Usage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/mail",
    validateSearch: (search): { readonly add?: true | undefined } => ({
      add: search["add"] === true ? true : undefined,
    }),
    component: lazyRouteComponent(() => import("./pages/Mail.tsx"), "Mail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/mail/accounts/$id",
    component: lazyRouteComponent(() => import("./mail/AccountDetail.tsx"), "AccountDetail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/domains",
    component: lazyRouteComponent(() => import("./mail/Domains.tsx"), "Domains"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/domains/$id",
    component: lazyRouteComponent(() => import("./mail/DomainDetail.tsx"), "DomainDetail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/mail/licences",
    component: lazyRouteComponent(() => import("./mail/Licences.tsx"), "Licences"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/mail/import",
    component: lazyRouteComponent(() => import("./mail/ImportAccounts.tsx"), "ImportAccounts"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/migration",
    component: lazyRouteComponent(() => import("./migration/Migration.tsx"), "Migration"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/migration/file",
    component: lazyRouteComponent(() => import("./migration/TransferFile.tsx"), "TransferFile"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tickets",
    validateSearch: (search): { readonly about?: string | undefined } => ({
      about: textOf(search["about"])?.slice(0, 500),
    }),
    component: lazyRouteComponent(() => import("./pages/Tickets.tsx"), "Tickets"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tickets/$id",
    component: lazyRouteComponent(() => import("./pages/Tickets.tsx"), "Ticket"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/delivery",
    component: lazyRouteComponent(() => import("./pages/Delivery.tsx"), "Delivery"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/people",
    component: lazyRouteComponent(() => import("./pages/People.tsx"), "People"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/audit",
    component: lazyRouteComponent(() => import("./pages/Audit.tsx"), "Audit"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/audits",
    component: lazyRouteComponent(() => import("./pages/Inspections.tsx"), "Inspections"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/data-protection",
    component: lazyRouteComponent(() => import("./pages/DataProtection.tsx"), "DataProtection"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/evidence",
    component: lazyRouteComponent(() => import("./pages/Evidence.tsx"), "Evidence"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/programs",
    component: lazyRouteComponent(() => import("./pages/Programs.tsx"), "Programs"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/support-access",
    component: lazyRouteComponent(() => import("./pages/SupportAccess.tsx"), "SupportAccess"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/security",
    component: lazyRouteComponent(() => import("./pages/Security.tsx"), "Security"),
  }),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent" });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
