import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HomeView, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits as slackLimits } from "../../src/local-slack/block-kit/limits.ts";
import { messageProblems, optionsProblems, viewProblems } from "../../src/local-slack/block-kit/validate.ts";
import { Secret } from "../../src/domain/secret.ts";
import { DAY } from "../../src/domain/values.ts";
import { differenceInFull } from "../../src/slack/words/difference-words.ts";
import { button, buttons, confirm } from "../../src/slack/views/buttons.ts";
import * as claimViews from "../../src/slack/views/claim-card.ts";
import { deadSecretCard } from "../../src/slack/views/dead-secret-card.ts";
import { departedCard } from "../../src/slack/views/departed-card.ts";
import { denyModal } from "../../src/slack/views/deny-modal.ts";
import { differenceModal } from "../../src/slack/views/difference-modal.ts";
import { languageField, personField, roleField, textField, zoneField } from "../../src/slack/views/fields.ts";
import { help, helpOn } from "../../src/slack/views/help.ts";
import { homeView } from "../../src/slack/views/home.ts";
import { compromisedButton, keyActions } from "../../src/slack/views/key-actions.ts";
import {
  formButton,
  keyFormModal,
  keyLoading,
  keyOptions,
  pickKeyModal,
} from "../../src/slack/views/key-form.ts";
import { keyReminderCard } from "../../src/slack/views/key-reminder-card.ts";
import { historyPage, keyPage, whichKey } from "../../src/slack/views/key-page.ts";
import { auditPage } from "../../src/slack/views/audit-page.ts";
import { headMessage } from "../../src/slack/views/head-message.ts";
import { keysList } from "../../src/slack/views/keys-list.ts";
import { lockoutCard } from "../../src/slack/views/lockout-card.ts";
import { outcomeCard } from "../../src/slack/views/outcome-card.ts";
import { outsideCard } from "../../src/slack/views/outside-card.ts";
import { privateNote } from "../../src/slack/views/private-note.ts";
import { decision, requestCard } from "../../src/slack/views/request-card.ts";
import { wishFields } from "../../src/slack/views/request-fields.ts";
import { loadingModal, requestModal } from "../../src/slack/views/request-modal.ts";
import { lifeOptions, roleOptions, zoneOption, zoneOptions } from "../../src/slack/views/request-options.ts";
import { openAgain, sentInWords, tryAgain } from "../../src/slack/views/request-sent.ts";
import { ownBlocks, requestsList, waitingBlocks } from "../../src/slack/views/requests-list.ts";
import { lineBlocks } from "../../src/slack/views/line-blocks.ts";
import { roleForm, roleLoading } from "../../src/slack/views/role-form.ts";
import { rolePage } from "../../src/slack/views/role-page.ts";
import { roleFailed, roleReview } from "../../src/slack/views/role-review.ts";
import { rightGroups, rightsFields } from "../../src/slack/views/role-rights.ts";
import { rolesList, whichRole } from "../../src/slack/views/roles-list.ts";
import { saidModal, sayingHome, sayingModal } from "../../src/slack/views/saying-modal.ts";
import { searchModal } from "../../src/slack/views/search-modal.ts";
import { secondClaimCard } from "../../src/slack/views/second-claim-card.ts";
import { escalationCard, reminderCard, stuckCard } from "../../src/slack/views/waiting-cards.ts";
import { whichRequest, whyButton, whyMessage } from "../../src/slack/views/why.ts";
import { adoptionCard } from "../../src/slack/views/adoption-card.ts";
import { leakCard, ownerLeakCard } from "../../src/slack/views/leak-card.ts";
import { lockoutForm } from "../../src/slack/views/lockout-form.ts";
import { ownerLockoutCard, timelineCard } from "../../src/slack/views/lockout-messages.ts";
import { noteForm, restoreForm } from "../../src/slack/views/restore-form.ts";
import { secretMessage } from "../../src/slack/views/secret-message.ts";
import { whoamiMessage } from "../../src/slack/views/whoami.ts";
import { whoamiLoading, whoamiModal } from "../../src/slack/views/whoami-modal.ts";
import { lines, type Message, saying, type Words } from "../../src/slack/words/words.ts";
import { due } from "../../src/domain/key.ts";
import type { PrivateNote } from "../../src/usecases/ports.ts";
import { aClaimId, aKey, aLockoutId, aRequestId, NOW } from "../support/domain.ts";
import {
  aRequest,
  aCard,
  content,
  demand,
  draft,
  filled,
  form,
  groups,
  holds,
  homeContent,
  hostile,
  instant,
  limits,
  listedKey,
  listedRequests,
  missing,
  many,
  perhaps,
  role,
  someone,
  words,
} from "../support/hostile.ts";
import { event, doing, keyHistory, keySeen, keysPage, reportCard, typed } from "../support/hostile-keys.ts";
import { lockoutCard as hostileLockout } from "../support/hostile-lockouts.ts";
import * as upkeep from "../support/hostile-upkeep.ts";
import { drafting, rights, roleReviewed, roleSeen, rolesPage, touched } from "../support/hostile-roles.ts";

/** A message as chat.postMessage takes it; no text of people's in it is ever read as markup. */
function isMessage({ text, blocks }: Message): void {
  expect(messageProblems(blocks)).toEqual([]);
  expect(text).not.toBe("");
  expect([...text].length).toBeLessThanOrEqual(4000);
  expect(text).not.toMatch(/[<>]/);
  readsNoMarkup(blocks);
  expect(Buffer.byteLength(JSON.stringify(blocks))).toBeLessThan(100_000);
}

function isView(view: ModalView | HomeView): void {
  expect(viewProblems(view, view.type)).toEqual([]);
  readsNoMarkup(view);
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThanOrEqual(slackLimits.viewBytes.max);
}

function areBlocks(blocks: readonly KnownBlock[]): void {
  expect(messageProblems(blocks)).toEqual([]);
  readsNoMarkup(blocks);
}

function areWords(said: readonly Words[]): void {
  areBlocks([lines(...said)]);
}

function areOptions(options: readonly PlainTextOption[]): void {
  expect(optionsProblems({ options })).toEqual([]);
}

function readsNoMarkup(drawn: unknown): void {
  expect(JSON.stringify(drawn)).not.toContain('"mrkdwn"');
}

/** Everything that one person is told besides cards. */
const note: fc.Arbitrary<PrivateNote> = fc.oneof(
  fc.record({ kind: fc.constant("secret-void" as const), claim: fc.constant(aClaimId()), keyName: hostile }),
  fc.record({ kind: fc.constant("name-taken" as const), keyName: hostile, wanted: hostile }),
  fc.record({
    kind: fc.constant("refused" as const),
    keyName: hostile,
    member: fc.constantFrom(...due.keyof().options),
  }),
);

type Check = () => void;
const always = <Given>(given: fc.Arbitrary<Given>, check: (each: Given) => void, numRuns = 60): void =>
  fc.assert(fc.property(given, check), { numRuns });
const messages =
  <Given>(given: fc.Arbitrary<Given>, build: (each: Given) => Message): Check =>
  () =>
    always(given, (each) => isMessage(build(each)));
const views =
  <Given>(given: fc.Arbitrary<Given>, build: (each: Given) => ModalView | HomeView): Check =>
  () =>
    always(given, (each) => isView(build(each)));
const blocks =
  <Given>(given: fc.Arbitrary<Given>, build: (each: Given) => readonly KnownBlock[]): Check =>
  () =>
    always(given, (each) => areBlocks(build(each)));
/** Builds nothing that Slack is shown: reads what comes back from it, or gives a value to other builders. */
const NOTHING = "nothing";

const nothing = fc.constant(undefined);
const demands = fc.array(demand, { maxLength: 12 });
const ours = fc.constant(groups);
const someKeys = many(fc.record({ key: fc.constant(aKey()), name: hostile }), 40);
const adoptionContent = fc.record({
  card: fc.constant(aCard("adoption")),
  adoption: fc.record(
    {
      id: fc.constant(aRequestId()),
      at: instant,
      proposals: many(
        fc.record({
          key: fc.constant(aKey()),
          name: hostile,
          owner: someone,
          request: fc.constant(aRequestId()),
        }),
        60,
      ),
      copied: many(fc.record({ request: fc.constant(aRequestId()), keys: someKeys }), 30),
      forged: someKeys,
      unmarked: fc.nat(),
      known: fc.nat(),
      decided: fc.record({
        as: fc.constantFrom("confirmed" as const, "declined" as const),
        by: someone,
        at: instant,
      }),
      done: fc.record({ at: instant, adopted: fc.nat(), left: someKeys }),
    },
    { requiredKeys: ["id", "at", "proposals", "copied", "forged", "unmarked", "known"] },
  ),
});
const declaredForm = fc.record({
  id: fc.constant(aLockoutId()),
  drill: fc.boolean(),
  which: fc.constantFrom(...(["query", "role", "owner", "used", "keys", "all"] as const)),
  owner: perhaps(someone),
  line: hostile,
  spare: hostile,
  incident: hostile,
  because: hostile,
  until: hostile,
  typed: hostile,
});
const survey = fc.record({
  keys: fc.nat(),
  active: fc.nat(),
  dangerous: many(listedKey, 10),
  owners: many(fc.record({ owner: perhaps(someone), keys: fc.nat() }), 40),
  spared: many(
    fc.record({ key: listedKey, why: fc.constantFrom("own-key" as const, "spared" as const) }),
    40,
  ),
  mustType: fc.boolean(),
  asOf: perhaps(instant),
});
const lookedAt = fc.oneof(
  survey.map((each) => ({ survey: each })),
  words.map((problem) => ({ problem })),
);
const timelineContent = fc
  .tuple(hostileLockout, keyHistory)
  .map(([{ card, lockout }, { events }]) => ({ card, lockout, timeline: events }));
const ownerLockoutContent = fc
  .tuple(hostileLockout, many(fc.record({ name: hostile, key: fc.nat(), locked: fc.boolean() }), 60))
  .map(([{ card, lockout: held }, keys]) => ({ card, held, keys }));
const proof = fc.oneof(
  fc.record({ is: fc.constantFrom("works" as const, "refused" as const), at: instant }),
  fc.record({
    is: fc.constant("untried" as const),
    because: fc.constantFrom("policy" as const, "hour" as const, "manager" as const, "stopped" as const),
  }),
  fc.record({ is: fc.constant("trying" as const), until: instant }),
);
const seenIn = fc.record(
  {
    at: instant,
    by: fc.oneof(someone, fc.constant("portcullis" as const)),
    channel: fc.constant("C1"),
    ts: fc.constant("1.2"),
    author: someone,
  },
  { requiredKeys: ["at", "by"] },
);
const leakContent = (kind: "leak" | "owner-leak") =>
  fc.record({
    card: fc.constant(aCard(kind)),
    leak: fc.record(
      {
        id: fc.constant(aRequestId()),
        mark: fc.constant("0".repeat(32)),
        key: fc.constant(aKey()),
        proof,
        own: fc.boolean(),
        sightings: fc.array(seenIn, { minLength: 1, maxLength: 20 }),
        seen: fc.integer({ min: 1, max: 1000 }),
        closed: fc.record({ by: someone, at: instant }),
      },
      { requiredKeys: ["id", "mark", "proof", "own", "sightings", "seen"] },
    ),
    listed: perhaps(listedKey),
    now: instant,
  });
const standing = fc.oneof(
  fc.record({ as: fc.constantFrom("asker" as const, "beneficiary" as const, "onlooker" as const) }),
  fc.record({ as: fc.constantFrom("approver" as const, "denier" as const), at: instant }),
  fc.record({
    as: fc.constant("decider" as const),
    through: many(
      fc.record({
        rule: hostile,
        group: hostile,
        how: fc.constantFrom("asked" as const, "quiet" as const, "escalated" as const),
      }),
      9,
    ),
  }),
);
const aWhy = fc.record({
  request: aRequest,
  demands,
  denialsToEnd: fc.integer({ min: 1, max: 9 }),
  missing,
  could: fc.record({ named: many(someone, 15), more: fc.boolean() }),
  calls: many(
    fc.record({
      at: instant,
      by: fc.constantFrom("card" as const, "reminder" as const, "escalation" as const),
    }),
    100,
  ),
  you: standing,
  groups: ours,
});
const showing = fc.record({
  to: someone,
  claim: fc.constant(aClaimId()),
  secret: fc.constant(new Secret(`8:${"A".repeat(43)}=`)),
  keyName: hostile,
  key: fc.constant(aKey()),
  managerUrl: hostile,
});
const ownForm = fc.record({
  name: hostile,
  description: hostile,
  locale: fc.constantFrom("en-US" as const, "ja-JP" as const),
  timeZone: hostile,
});
const seen = fc.record({
  own: listedKey,
  role: perhaps(role),
  lacking: many(hostile, 100),
  changesRoles: fc.boolean(),
});
const may = fc.record(
  { owner: fc.boolean(), responder: fc.boolean(), auditor: fc.boolean(), reader: someone },
  { requiredKeys: ["owner", "responder", "auditor"] },
);
const actionable = fc.record({
  id: fc.nat(),
  active: fc.boolean(),
  expiresAt: perhaps(instant),
  holds: perhaps(holds),
});

const topic = fc.constantFrom("ask", "find", "change", "stop", "manager");
const aHelp = fc.record({ topic, does: hostile, who: hostile, lines: fc.array(hostile, { maxLength: 9 }) });
const helps = fc.array(aHelp, { maxLength: 30 }).map((each) => new Map(each.map((one, i) => [`c${i}`, one])));
const unknown = fc.record({ typed: hostile, near: fc.array(hostile, { maxLength: 3 }) });

/** Every function that a file of views exports, with what it must stand. */
const BUILDERS: Record<string, Record<string, Check | typeof NOTHING>> = {
  "adoption-card.ts": { adoptionCard: messages(adoptionContent, adoptionCard) },
  "buttons.ts": {
    button: blocks(fc.tuple(hostile, hostile), ([label, value]) => [buttons(button("a.b", label, value))]),
    buttons: blocks(hostile, (label) => [buttons(button("a.b", label, ""), button("a.c", label, ""))]),
    confirm: blocks(fc.tuple(hostile, hostile), ([title, text]) => [
      buttons(button("a.b", "Do it", "x", { confirm: confirm(title, text, title) })),
    ]),
  },
  "claim-card.ts": {
    claimCard: messages(content("claim"), claimViews.claimCard),
    freshButton: messages(nothing, () => claimViews.freshButton(aClaimId(), aRequestId())),
    showButton: blocks(nothing, () => [claimViews.showButton(aClaimId(), aRequestId())]),
    readClaimButton: NOTHING,
  },
  "dead-secret-card.ts": { deadSecretCard: messages(content("dead-secret"), deadSecretCard) },
  "departed-card.ts": { departedCard: messages(upkeep.departedCard, departedCard) },
  "deny-modal.ts": {
    denyModal: views(perhaps(fc.record({ problem: words, because: hostile })), (failed) =>
      denyModal(aRequestId(), failed),
    ),
    readDenial: NOTHING,
  },
  "difference-modal.ts": {
    differenceModal: views(fc.tuple(hostile, perhaps(role), draft), ([title, before, after]) =>
      differenceModal(title, differenceInFull(before, after)),
    ),
  },
  "fields.ts": {
    textField: blocks(fc.tuple(hostile, hostile), ([label, value]) => [
      textField("a.b", label, value, { most: 100, hint: label, multiline: true, placeholder: value }),
    ]),
    roleField: blocks(hostile, (name) => [roleField("a.b", name, { id: 7, name })]),
    personField: blocks(perhaps(someone), (who) => [personField("a.b", "Who", who)]),
    languageField: blocks(nothing, () => [languageField("a.b", "ja-JP")]),
    zoneField: blocks(hostile, (zone) => [zoneField("a.b", zone)]),
    initialText: NOTHING,
  },
  "help.ts": {
    help: messages(fc.tuple(helps, perhaps(unknown)), ([each, not]) => help(each, not)),
    helpOn: messages(aHelp, helpOn),
  },
  "home.ts": {
    homeView: () =>
      always(fc.tuple(homeContent, perhaps(words)), ([each, note]) => isView(homeView(each, note)), 100),
    lookOf: NOTHING,
  },
  "key-actions.ts": {
    compromisedButton: blocks(nothing, () => [buttons(compromisedButton("7"))]),
    keyActions: blocks(fc.tuple(may, actionable), ([who, key]) => {
      const offered = keyActions(who, key);
      return offered.length === 0 ? [] : [buttons(...offered)];
    }),
  },
  "leak-card.ts": {
    leakCard: messages(leakContent("leak"), leakCard),
    ownerLeakCard: messages(leakContent("owner-leak"), ownerLeakCard),
  },
  "key-form.ts": {
    keyLoading: views(fc.tuple(doing, hostile), (each) => keyLoading(...each)),
    keyFormModal: views(
      fc.tuple(doing, hostile, words, many(words, 12), perhaps(words)),
      ([does, title, problem, key, preview]) =>
        keyFormModal({
          doing: does,
          title,
          submit: title,
          about: { id: aRequestId(), key: aKey(), seen: {} },
          key,
          fields: [],
          problem,
          preview: preview && [preview],
        }),
    ),
    pickKeyModal: views(fc.tuple(doing, hostile, typed, perhaps(words)), (each) => pickKeyModal(...each)),
    keyOptions: () => always(many(listedKey, 120), (each) => areOptions(keyOptions(each))),
    formButton: blocks(fc.tuple(doing, hostile, typed), ([does, text, each]) =>
      formButton(does, { text, typed: each }),
    ),
    readFormButton: NOTHING,
    keyAgain: NOTHING,
    keyModal: NOTHING,
    keyField: NOTHING,
    keyPick: NOTHING,
    readAbout: NOTHING,
    readCarried: NOTHING,
    readKeyForm: NOTHING,
  },
  "key-page.ts": {
    keyPage: messages(keySeen, keyPage),
    historyPage: messages(fc.tuple(hostile, keyHistory), ([name, history]) =>
      historyPage({ id: 7, name }, history),
    ),
    whichKey: messages(nothing, whichKey),
    readHistory: NOTHING,
  },
  "audit-page.ts": {
    auditPage: messages(
      fc.record({
        line: hostile,
        rows: many(event, 20),
        older: perhaps(fc.record({ at: instant, seq: fc.integer({ min: 1 }) })),
        first: fc.boolean(),
      }),
      auditPage,
    ),
    readAuditTurn: NOTHING,
  },
  "head-message.ts": {
    headMessage: messages(
      fc.record({
        head: fc.record({ seq: fc.nat(), hash: fc.constant("a".repeat(64)) }),
        events: fc.nat(),
        since: perhaps(instant),
      }),
      headMessage,
    ),
  },
  "keys-list.ts": { keysList: messages(keysPage, keysList), readTurn: NOTHING },
  "search-modal.ts": {
    searchModal: views(
      fc.tuple(
        fc.oneof(hostile, fc.constant("ci* role:x owner:@me locked expires<7d unused>9d failures>2")),
        perhaps(words),
      ),
      (each) => searchModal(...each),
    ),
    readSearch: NOTHING,
  },
  "lockout-form.ts": {
    lockoutForm: views(fc.tuple(declaredForm, lookedAt, perhaps(words)), (each) => lockoutForm(...each)),
    readDeclared: NOTHING,
  },
  "lockout-messages.ts": {
    timelineCard: messages(timelineContent, timelineCard),
    ownerLockoutCard: messages(ownerLockoutContent, ownerLockoutCard),
  },
  "restore-form.ts": {
    restoreForm: views(fc.tuple(hostile, fc.nat(), perhaps(words)), ([incident, held, problem]) =>
      restoreForm({ id: aRequestId(), lockout: aLockoutId(), incident, held }, problem),
    ),
    readRestore: NOTHING,
    noteForm: views(perhaps(words), (problem) => noteForm(aLockoutId(), problem)),
    readNote: NOTHING,
  },
  "private-note.ts": { privateNote: messages(note, privateNote) },
  "lockout-card.ts": { lockoutCard: messages(hostileLockout, lockoutCard) },
  "outcome-card.ts": { outcomeCard: messages(content("outcome"), outcomeCard) },
  "outside-card.ts": { outsideCard: messages(reportCard, outsideCard) },
  "key-reminder-card.ts": { keyReminderCard: messages(upkeep.keyReminderCard, keyReminderCard) },
  "request-card.ts": {
    requestCard: messages(content("approval"), requestCard),
    decision: blocks(aRequest, (each) => [decision(each, whyButton(each))]),
  },
  "request-fields.ts": {
    wishFields: () =>
      always(fc.tuple(content("approval"), perhaps(touched)), ([each, keys]) =>
        areWords(wishFields({ ...each, touched: keys })),
      ),
  },
  "request-form.ts": { readForm: NOTHING, draftOf: NOTHING, lifeOf: NOTHING, errorAt: NOTHING },
  "request-modal.ts": {
    loadingModal: views(nothing, loadingModal),
    requestModal: views(form, requestModal),
  },
  "request-options.ts": {
    roleOptions: () => always(many(role, 120), (each) => areOptions(roleOptions(each))),
    lifeOptions: () =>
      always(filled, ({ life = { kind: "unlimited" as const } }) => {
        for (const longest of ["none", DAY / 2, 400 * DAY] as const)
          areOptions(lifeOptions(limits(longest), life));
      }),
    zoneOptions: () =>
      always(many(hostile, 120), (each) => areOptions(zoneOptions(each.filter((one) => one !== "")))),
    zoneOption: () => areOptions(Intl.supportedValuesOf("timeZone").slice(0, 100).map(zoneOption)),
    lifeValue: NOTHING,
    defaultLife: NOTHING,
    wholeDays: NOTHING,
  },
  "request-sent.ts": {
    sentInWords: () => always(fc.tuple(aRequest, fc.boolean()), (each) => areWords(sentInWords(...each))),
    openAgain: messages(hostile, openAgain),
    tryAgain: views(fc.tuple(hostile, words, hostile), (each) => tryAgain(...each)),
  },
  "requests-list.ts": {
    requestsList: messages(fc.tuple(listedRequests, ours, perhaps(words)), (each) => requestsList(...each)),
    waitingBlocks: blocks(fc.tuple(listedRequests, ours), (each) => waitingBlocks(...each)),
    ownBlocks: blocks(fc.tuple(listedRequests, ours), (each) => ownBlocks(...each)),
  },
  "line-blocks.ts": {
    lineBlocks: blocks(many(words, 3000), (each) => lineBlocks(each, 50)),
  },
  "role-form.ts": {
    roleLoading: views(fc.constantFrom("make" as const, "edit" as const, "delete" as const), roleLoading),
    roleForm: views(
      fc.record({
        drafting,
        all: rights,
        area: perhaps(fc.constant("top.area1Rights")),
        problem: perhaps(words),
      }),
      roleForm,
    ),
    readRoleForm: NOTHING,
  },
  "role-page.ts": { rolePage: messages(roleSeen, rolePage) },
  "role-review.ts": {
    roleReview: views(fc.tuple(roleReviewed, perhaps(words)), ([seenRole, problem]) =>
      roleReview(seenRole, { groups, limits: limits("none"), "dangerous-rights": ["*"] }, problem),
    ),
    roleFailed: views(words, (problem) => roleFailed(problem, aRequestId())),
    readRoleReason: NOTHING,
  },
  "role-rights.ts": {
    rightsFields: blocks(fc.tuple(rights, rights), ([chosen, all]) => rightsFields(chosen, all, undefined)),
    rightGroups: () =>
      always(fc.tuple(rights, hostile), ([all, typed]) => {
        const option_groups = rightGroups(all, { typed, block: "role.rights/" });
        expect(optionsProblems({ option_groups })).toEqual([]);
      }),
    readRights: NOTHING,
    areaChosen: NOTHING,
  },
  "roles-list.ts": {
    rolesList: messages(rolesPage, rolesList),
    whichRole: messages(fc.constantFrom("show" as const, "edit" as const, "delete" as const), whichRole),
    readTurn: NOTHING,
  },
  "saying-modal.ts": {
    sayingModal: views(fc.tuple(hostile, words), ([title, said]) => sayingModal(title, said)),
    saidModal: views(words, (said) => saidModal(saying(said))),
    sayingHome: views(words, (said) => sayingHome(saying(said))),
  },
  "second-claim-card.ts": { secondClaimCard: messages(content("second-claim"), secondClaimCard) },
  "secret-message.ts": { secretMessage: messages(showing, secretMessage) },
  "waiting-cards.ts": {
    reminderCard: messages(content("reminder"), reminderCard),
    escalationCard: messages(content("escalation"), escalationCard),
    stuckCard: messages(content("stuck"), stuckCard),
  },
  "why.ts": {
    whichRequest: messages(nothing, whichRequest),
    whyButton: blocks(aRequest, (each) => [buttons(whyButton(each))]),
    whyMessage: messages(aWhy, whyMessage),
  },
  "whoami-modal.ts": {
    whoamiLoading: views(nothing, whoamiLoading),
    whoamiModal: views(fc.tuple(ownForm, perhaps(words)), (each) => whoamiModal(...each)),
    readOwnForm: NOTHING,
  },
  "whoami.ts": { whoamiMessage: messages(seen, (each) => whoamiMessage(each, NOW)) },
};

const folder = new URL("../../src/slack/views/", import.meta.url);
const files = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith(".ts"));

describe("whatever stands in them, Slack takes", () => {
  it.each(files)(
    "all that %s builds",
    async (name) => {
      const exported = (await import(new URL(name, folder).href)) as Record<string, unknown>;
      const functions = Object.keys(exported).filter((each) => typeof exported[each] === "function");
      const known = BUILDERS[name] ?? {};
      expect(functions.toSorted(), "a builder that has no check here").toEqual(Object.keys(known).toSorted());
      for (const check of Object.values(known)) if (check !== NOTHING) check();
      // Whole messages of hostile text by the dozen: seconds on an idle machine.
    },
    60_000,
  );

  it("no check is for a file that is gone", () => {
    expect(Object.keys(BUILDERS).toSorted()).toEqual(files.toSorted());
  });
});
