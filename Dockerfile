# Two images: `server` runs an api, gateway, node, consumer or an admin command; `console` serves the pages. Both run the TypeScript
# sources as they are, as a user without rights over them, and hold no secret.
#   docker build --target server -t message-push .
#   docker build --target console -t message-push-console .

FROM node:24.21.0-bookworm-slim AS base
ENV NEXT_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1
WORKDIR /app

# All packages: the database client is generated and the pages are built with tools that no image keeps.
FROM base AS build
COPY . .
RUN npm install --no-audit --no-fund \
 && node packages/database/src/generate.ts \
 && cd apps/console && node ../../node_modules/next/dist/bin/next build && rm -rf .next/cache

# Without the tools: what is named in the root package.json is for development only.
FROM build AS production
RUN rm -rf node_modules packages/*/node_modules apps/*/node_modules && npm pkg delete devDependencies

FROM production AS server-files
RUN npm install --no-audit --no-fund --omit=dev --include-workspace-root=false \
      -w apps/api -w apps/gateway -w apps/node -w apps/consumer -w apps/standalone \
 && rm -rf apps/console packages/tests \
 && find apps packages -name '*.test.ts' -not -path '*/node_modules/*' -delete

FROM production AS console-files
RUN npm install --no-audit --no-fund --omit=dev --include-workspace-root=false -w apps/console \
 && find apps packages -mindepth 1 -maxdepth 1 \
      -not -path apps/console -not -path packages/protocol -not -path packages/ring -not -path packages/client \
      -exec rm -rf {} +

FROM base AS server
ENV NODE_ENV=production
COPY --from=server-files /app /app
USER node
CMD ["node", "apps/api/src/main.ts"]

FROM base AS console
ENV NODE_ENV=production
COPY --from=console-files /app /app
USER node
CMD ["node", "apps/console/src/main.ts"]
