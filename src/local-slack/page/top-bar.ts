import { html } from "htm/preact";
import type { Person, Workspace } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import { kindInWords } from "./directory.ts";
import { Icon } from "./icon.ts";
import { Menu } from "./menu.ts";
import { hashOf } from "./place.ts";

type Props = { workspace: Workspace; viewer: Person | undefined; menuOpen: boolean; onMenu: () => void };

/** The workspace, and the switch that makes this tab another person. */
export function TopBar({ workspace, viewer, menuOpen, onMenu }: Props) {
  const people = workspace.people.filter(({ kind }) => kind !== "bot");
  return html`<header class="top-bar">
    <button
      type="button"
      class="icon-button menu-button"
      aria-label="Channels and apps"
      aria-expanded=${menuOpen}
      aria-controls="sidebar"
      onClick=${onMenu}
    >
      <${Icon} name="menu" />
    </button>
    <span class="team"
      ><span class="team-tile" aria-hidden="true">${workspace.team.name[0]}</span>
      ${workspace.team.name}</span
    >
    <span class="local">local</span>
    <div class="act-as"><${ActAs} people=${people} viewer=${viewer} /></div>
  </header>`;
}

/** A menu, not a select: its people are not to be mistaken for the options of a form. */
function ActAs({ people, viewer }: { people: Person[]; viewer: Person | undefined }) {
  const items = people.map((person) => ({
    key: person.id,
    label: person.realName,
    description: describe(person),
    current: person.id === viewer?.id,
    choose: () => {
      location.hash = hashOf({ user: person.id });
    },
  }));
  const shown = html`<span>Act as</span>
    ${viewer && html`<${Avatar} name=${viewer.realName} color=${viewer.color} class="tiny" />`}
    <strong>${viewer?.realName ?? "Nobody"}</strong>
    ${viewer && kindInWords(viewer) !== "" && html`<span class="local">${kindInWords(viewer)}</span>`}
    <${Icon} name="caret" />`;
  return html`<${Menu}
    label=${`Act as (now ${viewer?.realName ?? "nobody"})`}
    icon=${shown}
    items=${items}
  />`;
}

function describe(person: Person): string {
  return [person.title, kindInWords(person)].filter((words) => words !== "").join(", ");
}
