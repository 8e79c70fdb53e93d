# The executable of `npm run build`, and nothing else: docker build -t davd .
FROM debian:12-slim
RUN install -d -m 0700 -o 65532 -g 65532 /data
COPY dist/davd /usr/local/bin/davd
USER 65532:65532
ENV DAVD_DATA=/data
VOLUME /data
EXPOSE 8008
# Goes through the event loop of the running server.
HEALTHCHECK --interval=1m --timeout=10s --start-period=30s CMD ["davd", "status"]
ENTRYPOINT ["davd"]
CMD ["serve", "--listen", "0.0.0.0:8008"]
