import { expect, test } from "vitest";
import { claimSecret } from "../../src/usecases/claims/claim-secret.ts";
import { requestsFor } from "../../src/usecases/requests/browse.ts";
import { approveRequest, denyRequest } from "../../src/usecases/requests/decide.ts";
import type { Context } from "../../src/usecases/ports.ts";
import type { Policy } from "../../src/domain/policy.ts";
import {
  aDraft,
  askAndApprove,
  type Parts,
  personNamed,
  startParts,
  sweepAndDraw,
  testPolicy,
} from "../support/context.ts";

const [ada, chiara, farid] = ["ada", "chiara", "farid"].map(personNamed) as [
  ReturnType<typeof personNamed>,
  ReturnType<typeof personNamed>,
  ReturnType<typeof personNamed>,
];
const under = (parts: Parts, policy: Policy): Context => ({
  ...parts.context,
  policy: () => ({ policy, hash: "1".repeat(64) }),
});
const press = (parts: Parts, by: typeof ada) => ({ by, clickedAt: parts.clock.now() });
const limits = { "longest-life": "365 days", "default-life": "90 days", "keys-per-person": 1000 };
const two = testPolicy({
  approvers: ["security", "responders"],
  rules: [
    { name: "one for reading", when: { roles: ["Auditor"] }, needs: [{ group: "security", approvals: 1 }] },
    { name: "and one of the responders", needs: [{ group: "responders", approvals: 1 }] },
  ],
});

test("a pending request is judged by the stricter of the rules then and now, and everybody sees who is missing", async () => {
  await using parts = await startParts();
  const id = await askAndApprove(parts, { by: [] });
  const now = under(parts, two);
  expect(await approveRequest(now, { request: id, ...press(parts, chiara) })).toMatchObject({
    request: { value: { state: "pending" } },
  });
  expect(await requestsFor(now, farid)).toMatchObject({ waiting: [{ request: { value: { id } } }] });
  await sweepAndDraw(now);
  parts.clock.advance(3000);
  await sweepAndDraw(now);
  const [card] = await (await parts.slack.as("chiara")).messages("#key-approvals");
  const responders = two.groups["responders"];
  expect(JSON.stringify(card)).toContain(
    responders !== undefined && "slack-group" in responders ? responders["slack-group"] : "?",
  );
  expect(await approveRequest(now, { request: id, ...press(parts, farid) })).toMatchObject({
    request: { value: { state: "approved" } },
  });
});

test("whoever may approve under the rules of now may deny", async () => {
  await using parts = await startParts();
  const id = await askAndApprove(parts, { by: [] });
  const denied = await denyRequest(under(parts, two), { request: id, because: "no", ...press(parts, farid) });
  expect(denied).toMatchObject({ request: { value: { state: "denied", by: farid } } });
});

test("a life that the policy no longer allows is neither approved nor claimed", async () => {
  await using parts = await startParts();
  const short = under(
    parts,
    testPolicy({ limits: { ...limits, "longest-life": "30 days", "default-life": "1 day" } }),
  );
  const pending = await askAndApprove(parts, { by: [], draft: aDraft({ keyName: "pending" }) });
  expect(await approveRequest(short, { request: pending, ...press(parts, chiara) })).toMatchObject({
    request: { value: { state: "failed", because: "policy-refuses" } },
  });
  const approved = await askAndApprove(parts, { draft: aDraft({ keyName: "approved" }) });
  const claim = (await parts.store.claimOf(approved))?.value.id;
  if (claim === undefined) throw new Error("no claim");
  expect(await claimSecret(short, { claim, by: ada, clickedAt: parts.clock.now() })).toHaveProperty(
    "refusal",
  );
  expect((await parts.store.request(approved))?.value).toMatchObject({ state: "failed" });
  expect(await parts.manager.keyNamed("approved")).toBeUndefined();
});

test("a request whose role was edited fails at the next approval, and the asker is told", async () => {
  await using parts = await startParts();
  const id = await askAndApprove(parts, { by: [] });
  const role = await parts.manager.role(2);
  if (role === undefined) throw new Error("no role");
  const edited = {
    ...parts.manager,
    role: async () => ({ ...role, rights: [...role.rights, "x.canDelete"] }),
  };
  const context = { ...parts.context, manager: edited };
  expect(await approveRequest(context, { request: id, ...press(parts, chiara) })).toMatchObject({
    refusal: { reason: "effect-changed" },
    request: { value: { state: "failed", because: "effect-changed" } },
  });
  await sweepAndDraw(parts.context);
  await (await parts.slack.as("ada")).message("edited");
  expect(await parts.store.nameReserved("ci-deploy")).toBe(false);
});
