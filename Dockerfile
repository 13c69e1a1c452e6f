# The shop's image: runtime packages only, no embedded servers, an ordinary user.
FROM python:3.11-slim-bookworm AS packages
COPY requirements/runtime.lock /runtime.lock
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /runtime.lock \
 && /venv/bin/pip uninstall -qy pip setuptools

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home shop
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONUTF8=1 VAR=/app/var
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Translations and static files belong to the image: every container of it has the same ones.
RUN find . -name '*.po' -exec python -c \
      'import polib, sys; polib.pofile(sys.argv[1]).save_as_mofile(sys.argv[1][:-2] + "mo")' {} \; \
 && python manage.py collectstatic --noinput \
 && mkdir -p var/anchors var/files \
 && chown -R shop: /app
USER shop
EXPOSE 8000
# ALLOWED_HOSTS must hold 127.0.0.1 for this question (docker-compose.yml adds it).
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD \
  ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "shop.wsgi:application", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", \
     "--workers=2", "--blocking-threads=2", "--no-ws", "--respawn-failed-workers"]
