import { describe, expect, it } from "vitest";
import * as lunch from "../../fixtures/bolt-apps/lunch-modal.ts";
import * as notes from "../../fixtures/bolt-apps/notes-home.ts";
import * as poll from "../../fixtures/bolt-apps/poll-buttons.ts";
import { runBolt } from "./bolt.ts";

describe.each(["socket", "http"] as const)("a Bolt app that knows nothing of us, over %s", (mode) => {
  it("opens a modal, searches, refuses at the field, and posts", async () => {
    const slack = await runBolt(lunch, { mode });
    const ada = await slack.as("ada");
    expect(await ada.command("/lunch")).toEqual({ ok: true });
    const modal = await ada.modal("Order lunch");
    const { options } = await ada.options(modal, "dish_select", "pi");
    expect(options?.map(({ value }) => value)).toEqual(["Pizza Margherita", "Pizza Funghi"]);
    const [ramen] = (await ada.options(modal, "dish_select", "ram")).options ?? [];
    expect(await ada.submit({ dish_select: ramen!, count_input: "4" })).toEqual({
      ok: false,
      errors: { count: "There are only three bowls of ramen." },
    });
    expect(await ada.submit({ count_input: "2" })).toEqual({ ok: true });
    const { text } = await ada.message("ordered");
    expect(text).toBe(`<@${ada.user}> ordered 2 × Ramen`);
    expect((await ada.snapshot()).modals).toEqual([]);
  });

  it("checks the input as Slack's client does, and hears of a closed modal", async () => {
    const slack = await runBolt(lunch, { mode });
    const ben = await slack.as("ben");
    await ben.command("/lunch");
    await ben.modal();
    const { errors } = await ben.submit({ count_input: "21", note_input: "x".repeat(101) });
    expect(Object.keys(errors ?? {}).toSorted()).toEqual(["count", "dish", "note"]);
    await ben.closeModal();
    await ben.message("is not hungry");
  });

  it("updates its message, answers privately, replaces and deletes its ephemeral", async () => {
    const slack = await runBolt(poll, { mode });
    const ada = await slack.as("ada");
    await ada.command("/invite @poll");
    const ben = await slack.as("ben");
    await ada.command("/poll");
    await ada.message("What is the question?");
    await ada.command("/poll Pizza today?");
    const up = await ada.message("Your poll is up");
    expect(up.ephemeral).toBe(true);
    expect(await ben.ephemerals()).toEqual([]);
    await ada.click(up, "tips");
    const tips = await ada.message("Keep it short");
    expect(tips.ephemeral).toBe(true);
    await ada.click(tips, "dismiss");
    await ada.waitFor(({ conversations }) =>
      conversations.every(({ messages }) => messages.every(({ ts }) => ts !== tips.ts)),
    );
    const question = await ben.message("0 voted");
    await ben.click(question, "vote_yes");
    await ben.message("1 voted");
    expect((await ben.message("You said yes.")).ephemeral).toBe(true);
    const [changed] = await ada.messages("#general");
    await ada.click(changed!, "end_poll");
    expect((await ben.message("The poll is over")).blocks).toEqual([]);
  });

  it("keeps a Home, hears messages and mentions, and runs shortcuts", async () => {
    const slack = await runBolt(notes, { mode });
    const emi = await slack.as("emi");
    await emi.open("app", "home");
    expect(JSON.stringify((await emi.home()).view)).toContain("Your notes");
    await emi.say("app", "remember the milk");
    await emi.message("Kept, Emi Tanaka.");
    await emi.command("/invite @notes");
    await emi.say("#general", `hello @notes`);
    const reply = await emi.message("You called");
    expect(reply.threadTs).toBe((await emi.messages("#general"))[0]?.ts);
    await emi.shortcut("new_note");
    await emi.modal("New note");
    expect(await emi.submit({ text_input: "ab" })).toMatchObject({ ok: false });
    expect(await emi.submit({ text_input: "buy bread" })).toEqual({ ok: true });
    await emi.shortcut("keep_note", (await emi.messages("#general"))[0]);
    const home = await emi.waitFor(({ homes }) => {
      const view = homes[slack.app.appId];
      return JSON.stringify(view).includes("hello") ? view : undefined;
    });
    expect(JSON.stringify(home.view)).toContain("buy bread");
    await emi.click(home, "clear");
    await emi.waitFor(({ homes }) => !JSON.stringify(homes).includes("buy bread"));
  });
});
