import { App, LogLevel } from "@slack/bolt";

/* What a command costs that does nothing: the measure for acknowledging. */

const { SLACK_BOT_TOKEN: token = "", SLACK_APP_TOKEN: appToken = "", SLACK_API_URL = "" } = process.env;
const app = new App({
  token,
  appToken,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: SLACK_API_URL },
});
app.command(/^\//, async ({ ack }) => ack());
await app.start();
process.stdout.write("listens\n");
process.on("SIGTERM", () => process.exit(0));
