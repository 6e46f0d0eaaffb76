import { html } from "htm/preact";
import type { Person, Workspace } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import { kindInWords } from "./directory.ts";
import { Icon } from "./icon.ts";
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
    <label class="act-as">
      <span>Act as</span>
      ${viewer && html`<${Avatar} name=${viewer.realName} color=${viewer.color} class="tiny" />`}
      <select value=${viewer?.id ?? ""} onChange=${become}>
        ${viewer === undefined && html`<option value="">Choose a person</option>`}
        ${people.map((person) => html`<option value=${person.id}>${describe(person)}</option>`)}
      </select>
    </label>
  </header>`;
}

function become({ currentTarget }: Event): void {
  if (currentTarget instanceof HTMLSelectElement) location.hash = hashOf({ user: currentTarget.value });
}

function describe(person: Person): string {
  const more = [person.title, kindInWords(person)].filter((words) => words !== "").join(", ");
  return more === "" ? person.realName : `${person.realName} (${more})`;
}
