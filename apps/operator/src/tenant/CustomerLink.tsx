import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";

/** A customer's name, which leads to its page. */
export const CustomerLink = ({ tenantId, name }: { readonly tenantId: string; readonly name: string }) => (
  <Anchor inherit renderRoot={(props) => <Link {...props} to="/tenants/$id" params={{ id: tenantId }} />}>
    {name}
  </Anchor>
);
