import { Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { Brand } from "./brand.tsx";

export interface FrameProps {
  /** Beside the brand: `Console`. */
  readonly product: string;
  /** At the right of the header: search, the person's menu. */
  readonly actions?: ReactNode;
  /** Navigation links; `close` shuts the drawer on a phone. */
  readonly navigation: (close: () => void) => ReactNode;
  readonly children: ReactNode;
}

/**
 * Header, navigation and main area of a console, with a skip link. A phone gets the navigation over the page. Plain elements
 * under `kit.css`: Mantine's shell brings resizing and a lock for scrolling to the first page.
 */
export function Frame({ product, actions, navigation, children }: FrameProps) {
  const t = useTranslate<KitKey>();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  return (
    <div className="cf-frame">
      <a className="cf-skip" href="#main">
        {t("kit.skip")}
      </a>
      <header className="cf-frame-header">
        <Group gap="sm" wrap="nowrap">
          <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("kit.menu")} />
          <Brand product={product} />
        </Group>
        <Group gap="sm" wrap="nowrap">
          {actions}
        </Group>
      </header>
      <nav className="cf-frame-nav" data-open={isOpen || undefined} aria-label={t("kit.menu")}>
        {navigation(close)}
      </nav>
      <main className="cf-frame-main" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
