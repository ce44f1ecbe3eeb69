# The agent and the cloud stub as images. The TypeScript sources run as they are: Node strips the types.
#
#   docker build --target cloud-stub -t pilotfish-cloud-stub .
#   docker run -v stub:/data -v $PWD/ca.crt:/etc/pilotfish/ca.crt:ro -p 8883:8883 -p 8443:8443 -p 8444:8444 pilotfish-cloud-stub
#
#   docker build --target agent -t pilotfish .
#   docker run -v robot:/data -v $PWD/config.json:/etc/pilotfish/config.json:ro pilotfish
#
# No key and no certificate goes into an image: they are made in /data at first start or mounted.

# The libraries. The base image brings the runtime and esbuild is not run here, so the optional packages and all install
# scripts stay out.
FROM node:24.21.0-bookworm-slim AS libraries
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-bookworm-slim AS base
ENV NODE_ENV=production
WORKDIR /app
RUN install --directory --owner=node --group=node --mode=0700 /data
COPY --from=libraries /app/node_modules node_modules
COPY package.json ./
COPY base base
COPY protocol protocol
VOLUME /data
USER node

FROM base AS agent
COPY hal hal
COPY agent agent
ENTRYPOINT ["node", "agent/main.ts"]
CMD ["run", "--config", "/etc/pilotfish/config.json"]

FROM base AS cloud-stub
COPY cloud-stub cloud-stub
EXPOSE 8883 8443 8444
ENTRYPOINT ["node", "cloud-stub/main.ts"]
CMD ["serve", "--dir", "/data", "--ca", "/etc/pilotfish/ca.crt", "--bind", "0.0.0.0", \
     "--mqtt-port", "8883", "--https-port", "8443", "--device-https-port", "8444"]
