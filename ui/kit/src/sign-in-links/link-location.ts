/** The pages that mails and the terminal lead to. */
export const linkPaths = {
  "/accept-invitation": "invitation",
  "/forgot-password": "forgotten",
  "/reset-password": "reset",
  "/confirm-address": "address",
  "/confirm-recovery": "recovery",
  "/setup": "setup",
} as const;

export type LinkPage = (typeof linkPaths)[keyof typeof linkPaths];

export interface SignInLink {
  readonly page: LinkPage;
  /** The secret of the link; null when the address was cut short. */
  readonly token: string | null;
}

/** The link in the address bar, if it is one of ours. The secret is in the fragment, which no server ever sees. */
export function readLink(location: { readonly pathname: string; readonly hash: string }): SignInLink | null {
  const path = location.pathname.replace(/\/+$/, "");
  const page = Object.hasOwn(linkPaths, path) ? linkPaths[path as keyof typeof linkPaths] : null;
  if (page === null) return null;
  const token = location.hash.slice(1);
  return { page, token: token === "" ? null : token };
}
