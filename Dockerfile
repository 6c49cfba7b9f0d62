# depot in a container: SQLite and files in /data, or PostgreSQL by DEPOT_DATABASE_URL.
FROM python:3.11-slim-bookworm AS build

RUN python -m venv /opt/depot
WORKDIR /src
COPY requirements.lock ./
RUN /opt/depot/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
COPY openapi openapi
RUN /opt/depot/bin/pip install --no-cache-dir --no-deps . && /opt/depot/bin/python -m compileall -q /opt/depot/lib

FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --user-group --create-home --home-dir /data depot
COPY --from=build /opt/depot /opt/depot
ENV PATH=/opt/depot/bin:$PATH PYTHONUNBUFFERED=1 DEPOT_DATA_DIR=/data
USER depot
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["depot", "serve", "--host", "0.0.0.0", "--port", "8000"]
