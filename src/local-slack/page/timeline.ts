import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import type { Message, Notice } from "../client-protocol.ts";
import { Avatar } from "./avatar.ts";
import type { Client } from "./client.ts";
import { useDirectory } from "./directory.ts";
import { Icon } from "./icon.ts";
import { MessageView } from "./message.ts";
import { Mrkdwn } from "./mrkdwn-view.ts";
import { dayInWords, dayOf, millisOf, timeOfDay } from "./time.ts";

type Entry =
  | { at: number; key: string; message: Message; replies: Message[] }
  | { at: number; key: string; notice: Notice };

type Props = {
  label: string;
  messages: Message[];
  notices: Notice[];
  client: Client;
  onReply?: (message: Message) => void;
  welcome: unknown;
};

/** The messages of a conversation by day, replies under what they answer. New ones are read out. */
export function Timeline({ label, messages, notices, client, onReply, welcome }: Props) {
  const { viewer } = useDirectory();
  const scroller = useRef<HTMLDivElement>(null);
  const wasAtEnd = useRef(true);
  const entries = inOrder(messages, notices);
  const count = messages.length + notices.length;
  useEffect(() => {
    const box = scroller.current;
    if (box !== null && wasAtEnd.current) box.scrollTop = box.scrollHeight;
  }, [count, messages]);
  const onScroll = () => {
    const box = scroller.current;
    if (box !== null) wasAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  };
  let day = "";
  return html`<div
    class="timeline"
    ref=${scroller}
    onScroll=${onScroll}
    tabindex="0"
    role="log"
    aria-label=${label}
  >
    <div class="timeline-inner">
      ${entries.length === 0 && welcome}
      ${entries.map((entry) => {
        const its = dayOf(entry.at, viewer.tz);
        const divider =
          its !== day &&
          html`<h3 class="day"><span>${dayInWords(entry.at, Date.now(), viewer.tz)}</span></h3>`;
        day = its;
        return html`<div key=${entry.key}>
          ${divider}
          ${
            "notice" in entry
              ? html`<${NoticeView} notice=${entry.notice} />`
              : html`<${MessageView} message=${entry.message} client=${client} onReply=${onReply} /> ${
                    entry.replies.length > 0 &&
                    html`<div class="replies" role="group" aria-label="Replies in thread">
                      ${entry.replies.map(
                        (reply) => html`<${MessageView} key=${reply.ts} message=${reply} client=${client} />`,
                      )}
                    </div>`
                  }`
          }
        </div>`;
      })}
    </div>
  </div>`;
}

/** What Slack itself tells one person, as Slackbot would: a command that failed. */
export function NoticeView({ notice }: { notice: Notice }) {
  const { viewer } = useDirectory();
  return html`<article class="message ephemeral" aria-label=${`Slackbot, ${timeOfDay(notice.at, viewer.tz)}`}>
    <${Avatar} name="S" color="4a154b" />
    <div class="message-main">
      <p class="only-you"><${Icon} name="eye" /> Only visible to you</p>
      <header>
        <span class="author">Slackbot</span>
        <time datetime=${new Date(notice.at).toISOString()}>${timeOfDay(notice.at, viewer.tz)}</time>
      </header>
      <${Mrkdwn} text=${notice.text} />
    </div>
  </article>`;
}

function inOrder(messages: Message[], notices: Notice[]): Entry[] {
  const parents = new Set(messages.map(({ ts }) => ts));
  const isReply = ({ ts, threadTs }: Message) =>
    threadTs !== undefined && threadTs !== ts && parents.has(threadTs);
  const roots = messages.filter((message) => !isReply(message));
  const entries: Entry[] = [
    ...roots.map((message) => ({
      at: millisOf(message.ts),
      key: message.ts,
      message,
      replies: messages.filter((reply) => isReply(reply) && reply.threadTs === message.ts),
    })),
    ...notices.map((notice) => ({ at: notice.at, key: notice.id, notice })),
  ];
  return entries.sort((a, b) => a.at - b.at);
}
