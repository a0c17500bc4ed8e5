import { UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { AccountMenuProps } from "./account-menu-props.ts";

const load = () => import("./account-menu-open.tsx");
const AccountMenuOpen = lazy(async () => ({ default: (await load()).AccountMenuOpen }));

/** Behind the person's name in the corner: language, appearance, the way out. Fetched when somebody reaches for it. */
export function AccountMenu({ session, onSignedOut }: AccountMenuProps) {
  const [isWanted, setWanted] = useState(false);
  const closed = (
    <UnstyledButton
      px="sm"
      py={6}
      className="cf-account"
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      <span>{session.displayName || session.login}</span>
      <span aria-hidden>▾</span>
    </UnstyledButton>
  );
  if (!isWanted) return closed;
  return (
    <Suspense fallback={closed}>
      <AccountMenuOpen session={session} onSignedOut={onSignedOut} />
    </Suspense>
  );
}
