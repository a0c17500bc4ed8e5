import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { LoadingState } from "../components/states.tsx";
import { readLink, type SignInLink } from "./link-location.ts";

const LinkPages = lazy(async () => ({ default: (await import("./link-pages.tsx")).LinkPages }));

export interface SignInLinksProps {
  /** Beside the brand: `Console`. */
  readonly product: string;
  readonly realm: "user" | "operator" | "mail";
  /** The app, for every address that is not a link's. */
  readonly children: ReactNode;
}

/**
 * What mailed links lead to, before anybody is signed in: invitation, new password, new address, first operator. The
 * secret leaves the address bar as soon as it is read, so that neither history nor a shoulder keeps it.
 */
export function SignInLinks({ product, realm, children }: SignInLinksProps) {
  const [link, setLink] = useState<SignInLink | null>(() => readLink(location));
  useEffect(() => {
    const hideToken = (): void => {
      if (location.hash !== "") history.replaceState(history.state, "", location.pathname);
    };
    // A second link opened in the same tab changes the fragment alone, and the page is not loaded again.
    const reread = (): void => {
      const next = readLink(location);
      if (next?.token == null) return;
      setLink(next);
      hideToken();
    };
    if (readLink(location) !== null) hideToken();
    window.addEventListener("hashchange", reread);
    return () => window.removeEventListener("hashchange", reread);
  }, []);
  const leave = useCallback(() => {
    history.replaceState(null, "", "/");
    setLink(null);
  }, []);
  if (link === null) return children;
  return (
    <Suspense fallback={<LoadingState />}>
      <LinkPages key={`${link.page}/${link.token}`} link={link} product={product} realm={realm} onLeave={leave} />
    </Suspense>
  );
}
