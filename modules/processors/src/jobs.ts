import { Failure, parseId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler } from "@casaforte/platform/jobs";
import { tellTask } from "./announce.ts";
import type { ProcessorServices } from "./services.ts";
import { insertTold, selectChange, selectSubprocessors } from "./store.ts";
import type { Change, ChangeId, Subprocessor } from "./types.ts";

/** What a customer reads of a change. */
export function changeMail(
  { kind, effectiveOn, reasonIt, reasonEn }: Change,
  { name, serviceIt, serviceEn, country }: Subprocessor,
  language: "it" | "en",
  consoleUrl: string,
): { readonly subject: string; readonly text: string } {
  const day = effectiveOn.split("-").toReversed().join(".");
  if (language === "it")
    return {
      subject: kind === "begins" ? `Nuovo responsabile del trattamento: ${name}` : `${name} non tratterà più dati`,
      text:
        kind === "begins"
          ? `Dal ${day} un altro fornitore tratterà per noi i vostri dati.\n\nChi: ${name} (${country})\nPer che cosa: ${serviceIt}\nPerché: ${reasonIt}\n\nPotete opporvi fino al giorno prima, con i vostri motivi, nella console alla pagina Protezione dei dati:\n${consoleUrl}/data-protection\n`
          : `Dal ${day} ${name} (${country}) non tratterà più i vostri dati per noi.\n\nServizio: ${serviceIt}\nPerché: ${reasonIt}\n\nL’elenco aggiornato è nella console alla pagina Protezione dei dati:\n${consoleUrl}/data-protection\n`,
    };
  return {
    subject: kind === "begins" ? `New sub-processor: ${name}` : `${name} will process no more data`,
    text:
      kind === "begins"
        ? `From ${day} another supplier will process your data for us.\n\nWho: ${name} (${country})\nFor what: ${serviceEn}\nWhy: ${reasonEn}\n\nYou may object until the day before, with your reasons, in the console on the page Data protection:\n${consoleUrl}/data-protection\n`
        : `From ${day} ${name} (${country}) will process your data for us no more.\n\nService: ${serviceEn}\nWhy: ${reasonEn}\n\nThe current list is in the console on the page Data protection:\n${consoleUrl}/data-protection\n`,
  };
}

/** `processors.tell` writes to every customer of one change; run again it writes to nobody twice (R82). */
export function jobHandlers(services: ProcessorServices): readonly JobHandler[] {
  const { db, clock, consoleUrl } = services;
  return [
    {
      task: tellTask,
      async run(payload, context) {
        const id = payload["changeId"];
        if (typeof id !== "string") throw new Failure("invalid", "processors.not_found", "the job names no change");
        const found = await db.operator(
          async (tx) => {
            const change = await selectChange(tx, parseId<ChangeId>(id));
            const all = await selectSubprocessors(tx);
            return { change, subprocessor: all.find((each) => each.id === change?.subprocessorId) };
          },
          { readOnly: true },
        );
        const { change, subprocessor } = found;
        if (change === null || subprocessor === undefined) return;
        await sweepTenants(db, context, async ({ tenantId, state }) => {
          if (state === "departed") return;
          await db.tenant(tenantId, async (tx) => {
            const people = await services.administrators(tx);
            if (!(await insertTold(tx, change.id, new Date(clock.nowMs()), people.length))) return;
            for (const { login, language } of people)
              await services.send(tx, {
                to: login,
                language,
                ...changeMail(change, subprocessor, language, consoleUrl),
              });
          });
        });
      },
    },
  ];
}
