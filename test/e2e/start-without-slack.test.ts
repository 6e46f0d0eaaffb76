import { expect, test } from "vitest";
import { inTime, privateAnswer, textOf, trailIsWhole, until } from "../support/conversation.ts";
import { activeNow, declared, makeKeys, policyForIncidents } from "../support/lockouts.ts";
import { type Program, startProgram } from "../support/program.ts";

async function ask({ portcullis }: Program, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${portcullis.healthPort}${path}`);
  return { status: response.status, text: await response.text() };
}

test.each([
  ["Slack is silent", "socket", { fault: "cut_before" }],
  ["all of Slack fails", "socket", { fault: "http_500" }],
  ["Slack gives no socket", "socket", { fault: "internal_error", method: "apps.connections.open" }],
  ["Slack is silent", "http", { fault: "cut_before" }],
] as const)(
  "a program that is started while %s (%s) locks keys meanwhile, and connects when Slack is back",
  async (_, mode, rule) => {
    await using program = await startProgram({ mode, policy: policyForIncidents() });
    await makeKeys(program.context.manager, 6);
    const farid = await program.slack.as("farid");
    // What is known of people is what Slack told before it went down.
    await privateAnswer(farid, async () => farid.command("/apikey whoami"));

    await program.restart(() => program.slack.setFaults({ rules: [{ ...rule }], away: [] }), { deaf: true });
    expect(await ask(program, "/healthz")).toEqual({ status: 200, text: "alive\n" });
    expect(await ask(program, "/readyz")).toEqual({ status: 503, text: "Slack is not connected\n" });
    await declared(program.context);
    const active = async () => [...(await activeNow(program.context.manager)).values()].filter(Boolean);
    await until(async () => (await active()).length === 0);
    expect((await ask(program, "/readyz")).status).toBe(503);

    program.slack.setFaults({ rules: [], away: [] });
    await program.portcullis.connected;
    expect(await ask(program, "/readyz")).toEqual({ status: 200, text: "ready\n" });
    const said = await privateAnswer(farid, async () => farid.command("/apikey requests"));
    expect(textOf(said)).toContain("You have made no requests");
    // What could not be posted meanwhile.
    const card = async () =>
      (await farid.messages("#incidents")).find((each) => textOf(each).includes("INC-1"));
    await inTime(program, async () => textOf((await card()) ?? said).includes("Contained"));
    await trailIsWhole(program.context.store);
  },
);
