import { expect, test } from "vitest";
import { gatherCrowd, policyForCrowd } from "../support/crowd.ts";
import { postgresMissing } from "../support/postgres.ts";
import { startReplicas } from "../support/replicas.ts";
import { checkTruth } from "../support/truth.ts";
import { nextCall } from "../support/two-killed.ts";

test.skipIf(postgresMissing() !== undefined)(
  "processes that are replaced one after the other while people click leave nothing undone that they acknowledged",
  async () => {
    await using replicas = await startReplicas(2, policyForCrowd());
    const crowd = await gatherCrowd(replicas.slack, { seed: 7, rest: 50 });
    let over = false;
    const acting = crowd.actUntil(() => over);
    const codes: (number | null)[] = [];
    // Each is asked to end while a key is being made, which somebody is going to be shown the secret of.
    const minting = async (): Promise<void> => nextCall(/^POST .*\/apikeys$/, 5000);
    while (codes.length < 4 || crowd.shown().length < 3)
      codes.push(await replicas.replace(codes.length % 2, minting));
    over = true;
    await acting;
    expect(codes.filter((code) => code !== 0)).toEqual([]);
    const { givenUp, requests } = await checkTruth({ ...replicas, crowd });
    expect(givenUp, replicas.said().slice(-6000)).toBe(0);
    expect(requests).toBeGreaterThan(2);
    expect(replicas.bugs()).toEqual([]);
  },
  180_000,
);
