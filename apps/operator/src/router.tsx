import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Layout, NotFound } from "./Layout.tsx";
import { Health } from "./pages/Health.tsx";

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound });

const tree = root.addChildren([
  createRoute({ getParentRoute: () => root, path: "/", component: Health }),
  createRoute({
    getParentRoute: () => root,
    path: "/tenants",
    component: lazyRouteComponent(() => import("./pages/Tenants.tsx"), "Tenants"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/outbox",
    component: lazyRouteComponent(() => import("./pages/Outbox.tsx"), "Outbox"),
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
