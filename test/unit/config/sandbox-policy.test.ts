import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/domain/policy.ts";
import { judge } from "../../../src/domain/verdict.ts";
import { DAY } from "../../../src/domain/values.ts";
import { defaultWorkspace } from "../../../src/local-slack/default-workspace.ts";
import { readPolicy } from "../../../src/policy-file.ts";
import { nothingKnown } from "../../support/domain.ts";

const text = readFileSync(new URL("../../../src/sandbox/policy.yml", import.meta.url), "utf8");

function sandboxPolicy(): Policy {
  const read = readPolicy(text);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return read.policy;
}

function outcome(role: string, days: number) {
  return judge(
    sandboxPolicy().rules,
    { kind: "new-key", role, life: { kind: "days", days }, ...nothingKnown },
    DAY,
  );
}

describe("the sandbox's policy", () => {
  it("names only groups and channels of the workspace that the sandbox opens", () => {
    const known = [...defaultWorkspace.groups, ...defaultWorkspace.channels].map(({ id }) => id);
    const { groups, channels } = sandboxPolicy();
    const named = Object.values(groups).flatMap((each) =>
      "slack-group" in each ? each["slack-group"] : each.people,
    );
    expect([...named, ...Object.values(channels)].filter((id) => !known.includes(id))).toEqual([]);
  });

  it("shows every outcome: automatic, one approval, two approvals, refused", () => {
    expect(outcome("Auditor", 1).outcome).toBe("automatic");
    expect(outcome("Auditor", 90)).toMatchObject({
      demands: [{ needs: [{ group: "security", approvals: 1 }] }],
    });
    expect(outcome("Full Access", 1)).toMatchObject({
      demands: [{ needs: [{ group: "security", approvals: 2 }] }],
    });
    expect(outcome("Auditor", 366).outcome).toBe("refused");
  });

  it("lets somebody else of the approvers decide on changes to roles", () => {
    const asked = { kind: "role-edit", role: "Auditor", life: undefined, ...nothingKnown } as const;
    expect(judge(sandboxPolicy().rules, asked, DAY)).toMatchObject({
      demands: [{ needs: [{ group: "security", approvals: 1 }] }],
    });
  });
});
