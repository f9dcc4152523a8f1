# Svodka in a container. The dependencies come from requirements.lock, each checked against its hashes.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/svodka
ENV PATH=/opt/svodka/bin:$PATH
WORKDIR /source
COPY requirements.lock ./
RUN python -m pip install --require-hashes --requirement requirements.lock
COPY . .
RUN python -m pip install --no-deps --no-build-isolation . \
    # One lock file serves development, too; what only that needs stays behind.
    && python -m pip uninstall --yes check-jsonschema hypothesis import-linter mypy pytest pytest-asyncio ruff types-pyyaml uv

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/svodka svodka
COPY --from=build /opt/svodka /opt/svodka
ENV PATH=/opt/svodka/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SVODKA_DATA_DIR=/var/lib/svodka
USER svodka
WORKDIR /var/lib/svodka
ENTRYPOINT ["svodka"]
CMD ["--help"]
