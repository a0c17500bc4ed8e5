import { useSession } from "@casaforte/ui-kit/console";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useT } from "./translate.ts";

/** From a thing's page to a new request about it (C18). */
export function AskSupport({ about }: { readonly about: string }) {
  const t = useT();
  const { session } = useSession();
  if (session.role === "read_only" || session.acting !== null) return null;
  return (
    <Button variant="subtle" size="xs" renderRoot={(props) => <Link {...props} to="/tickets" search={{ about }} />}>
      {t("nav.ask")}
    </Button>
  );
}
