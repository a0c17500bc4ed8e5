import { useSyncExternalStore } from "react";

/** What the address bar says: a mailbox or a search, perhaps an open conversation; the settings; or what can be recovered. */
export interface Route {
  readonly screen: "mail" | "settings" | "recover";
  /** Null: the inbox. */
  readonly mailboxId: string | null;
  readonly search: string | null;
  /** The message whose conversation is open. */
  readonly emailId: string | null;
}

let cached: { readonly href: string; readonly route: Route } | null = null;

function readRoute(): Route {
  const { pathname, search, href } = location;
  if (cached?.href === href) return cached.route;
  const [, first, second, third] = pathname.split("/").map(decodeURIComponent);
  const isMailbox = first === "mail" && second !== undefined && second !== "";
  const isSearch = first === "search";
  const route: Route = {
    screen: first === "settings" || first === "recover" ? first : "mail",
    mailboxId: isMailbox ? second : null,
    search: isSearch ? (new URLSearchParams(search).get("q") ?? "") : null,
    emailId: (isSearch ? second : third) || null,
  };
  cached = { href, route };
  return route;
}

const listeners = new Set<() => void>();
const tell = (): void => {
  for (const listener of listeners) listener();
};

/** The route in use; follows back and forward. */
export function useRoute(): Route {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    window.addEventListener("popstate", listener);
    return () => {
      listeners.delete(listener);
      window.removeEventListener("popstate", listener);
    };
  }, readRoute);
}

/** The address of a route. */
export function routePath(route: Partial<Route>): string {
  if (route.screen === "settings" || route.screen === "recover") return `/${route.screen}`;
  const open = route.emailId == null ? "" : `/${encodeURIComponent(route.emailId)}`;
  if (route.search != null) return `/search${open}?q=${encodeURIComponent(route.search)}`;
  return route.mailboxId == null ? "/" : `/mail/${encodeURIComponent(route.mailboxId)}${open}`;
}

/** Goes somewhere; `replace` leaves no step to go back to. */
export function go(route: Partial<Route>, replace = false): void {
  const path = routePath(route);
  if (path === `${location.pathname}${location.search}`) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  tell();
}
