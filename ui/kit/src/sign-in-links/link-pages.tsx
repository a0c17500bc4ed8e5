import { AcceptInvitation } from "./accept-invitation.tsx";
import { ConfirmAddress, ConfirmRecovery } from "./confirm-address.tsx";
import { ForgottenPassword } from "./forgotten-password.tsx";
import { LinkFrame, LinkNote, LinkTexts, useLinkText } from "./link-frame.tsx";
import type { SignInLink } from "./link-location.ts";
import { ResetPassword } from "./reset-password.tsx";
import { SetUp } from "./set-up.tsx";

export interface LinkPagesProps {
  readonly link: SignInLink;
  readonly product: string;
  readonly realm: "user" | "operator" | "mail";
  /** Back to the app: to the sign-in page, or inside when the page signed in. */
  readonly onLeave: () => void;
}

/** The page of a link, with texts of its own. A chunk of its own, since most visits never need it. */
export function LinkPages({ link, product, realm, onLeave }: LinkPagesProps) {
  return (
    <LinkFrame
      product={product}
      withLanguage={link.token === null || (link.page !== "invitation" && link.page !== "setup")}
    >
      <LinkTexts>
        <Page link={link} realm={realm} onLeave={onLeave} />
      </LinkTexts>
    </LinkFrame>
  );
}

const tokenPages = {
  invitation: AcceptInvitation,
  address: ConfirmAddress,
  recovery: ConfirmRecovery,
  setup: SetUp,
};

function Page({ link, realm, onLeave }: Omit<LinkPagesProps, "product">) {
  if (link.page === "forgotten") return <ForgottenPassword realm={realm} onLeave={onLeave} />;
  if (link.token === null) return <CutShort onLeave={onLeave} />;
  if (link.page === "reset") return <ResetPassword token={link.token} realm={realm} onLeave={onLeave} />;
  const TokenPage = tokenPages[link.page];
  return <TokenPage token={link.token} onLeave={onLeave} />;
}

function CutShort({ onLeave }: { readonly onLeave: () => void }) {
  const t = useLinkText();
  return (
    <LinkNote title={t("links.cutShort")} action={t("links.toSignIn")} onAction={onLeave}>
      {t("links.cutShortHint")}
    </LinkNote>
  );
}
