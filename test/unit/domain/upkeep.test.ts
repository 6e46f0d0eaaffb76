import { describe, expect, it } from "vitest";
import { extended, handedOver, rotated } from "../../../src/domain/upkeep.ts";
import { ada, ben, NOW } from "../../support/domain.ts";

const said = { of: 5, by: ada, at: NOW };
const both = { rotatedAt: 3, letGo: { expiry: said, rotation: said } };

describe("what was let go", () => {
  it("comes back with another end, but for the secret", () => {
    expect(extended(both, ben, NOW)).toEqual({
      rotatedAt: 3,
      extended: { by: ben, at: NOW },
      letGo: { rotation: said },
    });
    expect(extended({ letGo: { expiry: said } }, ben, NOW)).toEqual({ extended: { by: ben, at: NOW } });
    expect(extended(undefined, ben, NOW)).toEqual({ extended: { by: ben, at: NOW } });
  });

  it("comes back with another secret, but for the end", () => {
    expect(rotated(both, NOW)).toEqual({ rotatedAt: NOW, letGo: { expiry: said } });
    expect(rotated({ letGo: { rotation: said } }, NOW)).toEqual({ rotatedAt: NOW });
    expect(rotated(undefined, NOW)).toEqual({ rotatedAt: NOW });
  });

  it("comes back with another owner, who has said nothing", () => {
    expect(handedOver(both)).toEqual({ rotatedAt: 3 });
    expect(handedOver(undefined)).toEqual({});
  });
});
