# Portcullis on Node 26: not as root, and without writing anywhere but in /data and /tmp.
FROM node:26-slim AS installed
WORKDIR /app
COPY package.json package-lock.json ./
# The image has Node already, which is all that is optional.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:26-slim
ENV NODE_ENV=production DATA_DIR=/data POLICY_FILE=/etc/portcullis/policy.yml HEALTH_PORT=9464
WORKDIR /app
COPY --from=installed /app/node_modules node_modules
COPY package.json LICENSE manifest.yml ./
COPY src src
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 9464
# Whether it lives. Whether it can do its work, /readyz says: no restart brings Slack or a database back.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without npm between, so that SIGTERM arrives.
CMD ["node", "src/main.ts"]
