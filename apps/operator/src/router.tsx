import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Layout, NotFound } from "./Layout.tsx";
import { Health } from "./pages/Health.tsx";

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });

const tree = root.addChildren([
  createRoute({ getParentRoute: () => root, path: "/", component: Health }),
  createRoute({
    getParentRoute: () => root,
    path: "/retention",
    component: lazyRouteComponent(() => import("./pages/Retention.tsx"), "Retention"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/drifts",
    component: lazyRouteComponent(() => import("./pages/Drifts.tsx"), "Drifts"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/processors",
    component: lazyRouteComponent(() => import("./pages/Processors.tsx"), "Processors"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/complaints",
    component: lazyRouteComponent(() => import("./pages/Complaints.tsx"), "Complaints"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/charter",
    component: lazyRouteComponent(() => import("./pages/Charter.tsx"), "Charter"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/operation",
    component: lazyRouteComponent(() => import("./pages/Operation.tsx"), "Operation"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tenants",
    validateSearch: (search): { readonly add?: true | undefined } => ({
      add: search["add"] === true ? true : undefined,
    }),
    component: lazyRouteComponent(() => import("./pages/Tenants.tsx"), "Tenants"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/catalogue",
    component: lazyRouteComponent(() => import("./pages/Catalogue.tsx"), "Catalogue"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/approvals",
    component: lazyRouteComponent(() => import("./pages/Approvals.tsx"), "Approvals"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/inventory",
    component: lazyRouteComponent(() => import("./pages/Inventory.tsx"), "Inventory"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/inventory/$id",
    component: lazyRouteComponent(() => import("./pages/HostSpaces.tsx"), "HostSpaces"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/billing",
    component: lazyRouteComponent(() => import("./pages/Billing.tsx"), "Billing"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/billing/$tenantId/$id",
    component: lazyRouteComponent(() => import("./pages/InvoiceLines.tsx"), "InvoiceLines"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/outbox",
    component: lazyRouteComponent(() => import("./pages/Outbox.tsx"), "Outbox"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tenants/$id",
    component: lazyRouteComponent(() => import("./pages/TenantDetail.tsx"), "TenantDetail"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tenants/$id/log",
    component: lazyRouteComponent(() => import("./pages/TenantLog.tsx"), "TenantLog"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/queue",
    component: lazyRouteComponent(() => import("./pages/Queue.tsx"), "Queue"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tickets",
    component: lazyRouteComponent(() => import("./pages/Tickets.tsx"), "Tickets"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tickets/$tenantId/$id",
    component: lazyRouteComponent(() => import("./pages/Tickets.tsx"), "Ticket"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/abuse",
    component: lazyRouteComponent(() => import("./pages/Abuse.tsx"), "Abuse"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/notices",
    validateSearch: (search): { readonly add?: true | undefined } => ({
      add: search["add"] === true ? true : undefined,
    }),
    component: lazyRouteComponent(() => import("./pages/Notices.tsx"), "Notices"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/measures",
    component: lazyRouteComponent(() => import("./pages/Measures.tsx"), "Measures"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/departures",
    component: lazyRouteComponent(() => import("./pages/Departures.tsx"), "Departures"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/customer-audits",
    component: lazyRouteComponent(() => import("./pages/CustomerAudits.tsx"), "CustomerAudits"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/security-incidents",
    component: lazyRouteComponent(() => import("./pages/SecurityIncidents.tsx"), "SecurityIncidents"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/legal",
    component: lazyRouteComponent(() => import("./pages/Legal.tsx"), "Legal"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/people",
    component: lazyRouteComponent(() => import("./pages/People.tsx"), "People"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/programs",
    component: lazyRouteComponent(() => import("./pages/Programs.tsx"), "Programs"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/audit",
    component: lazyRouteComponent(() => import("./pages/Audit.tsx"), "Audit"),
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
