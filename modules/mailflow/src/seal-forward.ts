import { Readable } from "node:stream";
import { providerTenantId } from "@casaforte/kernel";
import { dkimSignersOf } from "@casaforte/modules/domains";
import { inPatience } from "./authenticate-message.ts";
import { boundedLookups } from "./bounded-lookups.ts";
import { type HeaderField, readHeaderFields } from "./header-section.ts";
import { loadMailLibrary } from "./mail-library.ts";
import type { AuthResolver, MailflowServices } from "./services.ts";
import type { Outgoing } from "./types.ts";

/**
 * The ARC set of a message that we pass on (RFC 8617 §5.1), for its top: by the key of the domain that forwards, or of the
 * provider's where the sender is the null one. It repeats what we found when the message arrived, and says whether the chain
 * it came with holds. Nothing for mail of our own, without a key or a resolver, or for a chain that does not hold: mail
 * still goes. Never throws.
 */
export async function sealOf(services: MailflowServices, outgoing: Outgoing): Promise<string> {
  const { authResolver, clock, logger } = services;
  if (outgoing.hops === 0 || authResolver === null) return "";
  try {
    return await inPatience(clock, (signal) =>
      makeSeal(services, outgoing, boundedLookups(authResolver, clock, { policyNames: new Set(), signal })),
    );
  } catch (error) {
    logger.warn("mailflow.not_sealed", { reason: error instanceof Error ? error.message : String(error) });
    return "";
  }
}

async function makeSeal(services: MailflowServices, outgoing: Outgoing, resolver: AuthResolver): Promise<string> {
  const { db, blobs, clock, hostname, providerDomain } = services;
  const { sender, tenantId, blobId } = outgoing;
  const [owner, domain] =
    sender === "" ? [providerTenantId, providerDomain] : [tenantId, sender.slice(sender.lastIndexOf("@") + 1)];
  const [signer] = await db.tenant(owner, (tx) => dkimSignersOf(tx, domain, services), { readOnly: true });
  if (signer === undefined) return "";
  const read = () => Readable.from(blobs.read(tenantId, blobId));
  const { arc, createSeal, dkimVerify } = await loadMailLibrary();
  const found = await dkimVerify(read(), { resolver });
  const carried = found.arc;
  const chain = carried === undefined ? null : await arc({ ...carried, chain: carried.chain || [] }, { resolver });
  const cv = chain === null ? "none" : chain.status.result;
  if (cv !== "none" && cv !== "pass") return "";
  const known = ownVerdict(await readHeaderFields(blobs.read(tenantId, blobId)), hostname);
  const infos = [...found.results.map(({ info }) => info), chain?.info].filter((info) => info);
  const { headers, errors } = await createSeal(read(), {
    seal: {
      signingDomain: signer.domain,
      selector: signer.selector,
      privateKey: signer.privateKeyPem,
      signTime: new Date(clock.nowMs()),
      authResults: known ?? [hostname, ...infos].join("; "),
      cv,
    },
  });
  const [trouble] = errors;
  if (trouble !== undefined) throw trouble.err;
  return headers.map((header) => `${header}\r\n`).join("");
}

/**
 * What we wrote about a message when it came in as an MX. On other roads we write nothing, so that what stands there in our
 * name is a stranger's. Hand-overs inside the house lie on top of the field that says by what road it came.
 */
function ownVerdict(fields: readonly HeaderField[], hostname: string): string | undefined {
  const entry = fields.findIndex(({ name, value }) => name === "received" && !/^by \S+ with LMTP /.test(value));
  if (!/ with ESMTPS? id /.test(fields[entry]?.value ?? "")) return undefined;
  const isOurs = ({ name, value }: HeaderField) =>
    name === "authentication-results" && value.toLowerCase().startsWith(`${hostname.toLowerCase()};`);
  return fields.slice(entry + 1).find(isOurs)?.value;
}
