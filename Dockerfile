# Arraigo in a container: built with the hashes of the lock file, runs as nobody in particular, writes to two folders.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /app
RUN python -m venv /opt/arraigo
COPY requirements-build.lock requirements.lock ./
RUN /opt/arraigo/bin/pip install --require-hashes -r requirements-build.lock
RUN /opt/arraigo/bin/uv pip install --python /opt/arraigo/bin/python \
        --require-hashes --no-build-isolation --compile-bytecode -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY db ./db
COPY nlu ./nlu
COPY flows ./flows
COPY scheduler ./scheduler
COPY bot ./bot
RUN /opt/arraigo/bin/pip install --no-index --no-deps --no-build-isolation --editable . \
    && /opt/arraigo/bin/python -m compileall -q bot db flows nlu scheduler \
    && /opt/arraigo/bin/pip uninstall --yes uv setuptools pip

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/arraigo --shell /usr/sbin/nologin arraigo \
    && install --directory --owner arraigo --mode 0700 /var/lib/arraigo /backups
COPY --from=build /opt/arraigo /opt/arraigo
COPY --from=build /app /app
ENV PATH=/opt/arraigo/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ARRAIGO_DATA_DIR=/var/lib/arraigo
WORKDIR /var/lib/arraigo
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["arraigo"]
CMD ["serve", "--host", "0.0.0.0"]
