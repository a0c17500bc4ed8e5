/** What each page of a link is given. */
export interface TokenPageProps {
  readonly token: string;
  readonly onLeave: () => void;
}
