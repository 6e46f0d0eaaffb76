import type { Faults as FaultSettings } from "./client-protocol.ts";

type Rule = FaultSettings["rules"][number];
type Fault = Rule["fault"];

/** The switches that make local Slack fail; each use of a rule with `times` counts it down. */
export class Faults {
  #settings: FaultSettings = { rules: [], away: [] };
  #onSet: (settings: FaultSettings) => void = () => {};

  get settings(): FaultSettings {
    return this.#settings;
  }

  set(settings: FaultSettings): void {
    this.#settings = structuredClone(settings);
    this.#onSet(this.#settings);
  }

  onSet(listener: (settings: FaultSettings) => void): void {
    this.#onSet = listener;
  }

  isAway(user: string): boolean {
    return this.#settings.away.includes(user);
  }

  /** The first rule among `faults` that applies to `name` (a method, or a payload's type). */
  take(faults: readonly Fault[], name?: string): Rule | undefined {
    const { rules } = this.#settings;
    const rule = rules.find(
      (one) => faults.includes(one.fault) && (one.method === undefined || one.method === name),
    );
    if (rule?.times !== undefined) {
      rule.times -= 1;
      if (rule.times <= 0) rules.splice(rules.indexOf(rule), 1);
    }
    return rule;
  }
}
